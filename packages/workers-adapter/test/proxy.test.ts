import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { generateIdentityKeys } from "@edgeseal/core/identity";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { endlessAnswer } from "./endless-answer.js";
import { type ProviderServer, serveProvider } from "./provider-server.js";
import { type SignedIn, signIn, variablesFor } from "./visitors.js";
import { bundle, type SocketWorkers, startSocketWorkers } from "./workerd.js";

// What no request made in a test can be: header lines as a client writes them, sockets that break, bodies on the way.
const HOST = "127.0.0.1";
let workers: SocketWorkers;
let provider: ProviderServer;
let upstream: Server;
let ada: SignedIn;
let answer: RequestListener = (_, outgoing) => void outgoing.end("ok");

beforeAll(async () => {
  provider = await serveProvider();
  upstream = createServer((incoming, outgoing) => answer(incoming, outgoing)).listen(0, HOST);
  await once(upstream, "listening");
  const variables = variablesFor(provider.provider);
  ada = await signIn(provider.provider, variables);
  const { signingKey, keys } = await generateIdentityKeys();
  const { port: upstreamPort } = upstream.address() as AddressInfo;
  const texts = {
    ...variables,
    IDENTITY_KEY: signingKey,
    IDENTITY_KEYS: keys,
    NETWORK_URL: `http://${HOST}:${upstreamPort}`,
  };
  workers = await startSocketWorkers(
    {
      name: "gateway",
      contents: await bundle("gateway-worker.ts", "gateway"),
      variables: texts,
      bindings: { SERVICE: { type: "worker", worker: "service" } },
    },
    { name: "service", contents: await bundle("gateway-worker.ts", "service"), variables: texts },
  );
});
afterAll(async () => {
  await workers.dispose();
  await provider.close();
  upstream.closeAllConnections();
  upstream.close();
});

const raw: SocketWorkers["raw"] = (...request) => workers.raw(...request);

const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${workers.origins[0]}${path}`, { headers: { Cookie: ada.cookie, ...headers }, redirect: "manual" });

describe("behind a binding", () => {
  test("TH-01 TH-02 TH-10 what a client writes line by line reaches no service", async () => {
    const answered = await raw("GET /bound/a?b=1", [
      `Cookie: lang=de; ${ada.cookie}`,
      "X-Tenant-ID: forged",
      "x_tenant_id: forged",
      "X.User.Role: forged",
      "X-User-Email: forged",
      "Edgeseal-Identity: forged",
      "X-Forwarded-Uri: /forged",
      "Connection: X-User-ID, Edgeseal-Identity",
    ]);
    expect(answered).toMatch(/^HTTP\/1\.1 200 /);
    expect(answered).toContain(`"user":"${ada.session.user.id}"`);
    expect(answered).toContain('"url":"https://service/base/a?b=1"');
    expect(answered).not.toMatch(/forged|__Host-session|es1\./);
  });

  test("TH-09 on a public path nobody is somebody: the service is told so by the gateway", async () => {
    const answered = await raw("GET /public/bound/x", ["X-User-ID: forged"]);
    expect(answered).toMatch(/^HTTP\/1\.1 200 .*"user":null/s);
    expect(answered).not.toContain("forged");
    expect(await raw("GET /bound/x", ["X-User-ID: forged"])).toMatch(/^HTTP\/1\.1 401 /);
  });

  test("TH-09 the service refuses whoever calls it directly", async () => {
    const [, service = ""] = workers.origins;
    const response = await fetch(service, { headers: { "X-Tenant-ID": "org_1", "X-User-ID": "user_1" } });
    expect([response.status, await response.text()]).toEqual([401, '{"error":"unauthenticated"}']);
  });

  test.each(["/bound/../admin", "/bound/%2e%2e/admin", "/bound\\..\\x", "/bound//evil.example", "/bound/a;b"])(
    "PX-02 400 for %s as it comes over the wire",
    async (path) => {
      const answered = await raw(`GET ${path}`, [`Cookie: ${ada.cookie}`]);
      expect(answered).toMatch(/^HTTP\/1\.1 400 /);
      expect(answered).toContain('{"error":"ambiguous_path"}');
    },
  );

  test("a WebSocket of our own page passes, with who it is; nothing is set on the way", async () => {
    const [origin = ""] = workers.origins;
    // As: Node's client takes headers, which a browser's does not.
    const init = { headers: { Cookie: ada.cookie, Origin: origin } } as unknown as string[];
    const socket = new WebSocket(`${origin.replace("http", "ws")}/bound/live`, init);
    await once(socket, "open");
    socket.send("hello");
    const [event] = await once(socket, "message");
    expect((event as MessageEvent).data).toBe(`${ada.session.user.id}: hello`);
    socket.close();
  });

  test("CS-10 a WebSocket of another site does not", async () => {
    const answered = await raw("GET /bound/live", [
      `Cookie: ${ada.cookie}`,
      "Upgrade: websocket",
      "Connection: Upgrade",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==",
      "Origin: https://evil.example",
    ]);
    expect(answered).toMatch(/^HTTP\/1\.1 403 /);
  });
});

describe("across the network", () => {
  test("PX-05 PX-07 the access token goes, cookies and hop-by-hop headers stay", async () => {
    let seen: Record<string, unknown> = {};
    answer = ({ headers, url }, outgoing) => {
      seen = { ...headers, url };
      outgoing.setHeader("Set-Cookie", "__Host-session=planted");
      outgoing.setHeader("X-User-ID", "x");
      outgoing.end("ok");
    };
    const response = await get("/network/a%20b?x=1", { Authorization: "Bearer forged", TE: "trailers" });
    expect([response.status, await response.text()]).toEqual([200, "ok"]);
    expect(seen).toMatchObject({ authorization: `Bearer ${ada.session.accessToken}`, url: "/base/a%20b?x=1" });
    for (const name of ["cookie", "te", "upgrade"]) expect(seen).not.toHaveProperty(name);
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(response.headers.has("X-User-ID")).toBe(false);
    expect(response.headers.get("Cache-Control")).toBe("private, no-store");
  });

  test("a compressed answer arrives as what it says", async () => {
    answer = (_, outgoing) => {
      outgoing.setHeader("Content-Encoding", "gzip");
      outgoing.end(gzipSync("a long text ".repeat(1_000)));
    };
    const response = await get("/network/gzip");
    expect(await response.text()).toBe("a long text ".repeat(1_000));
  });

  test("PX-08 a large upload and a large answer pass", async () => {
    answer = async (incoming, outgoing) => {
      outgoing.end(await buffer(incoming));
    };
    const body = new Uint8Array(8 * 1_048_576).fill(7);
    const headers = { Cookie: ada.cookie, "Sec-Fetch-Site": "same-origin" };
    const response = await fetch(`${workers.origins[0]}/network/echo`, { method: "POST", headers, body });
    expect((await response.arrayBuffer()).byteLength).toBe(body.length);
  });

  test("PX-08 an answer is passed on while it is still being written", async () => {
    const gate = Promise.withResolvers<void>();
    answer = async (_, outgoing) => {
      outgoing.write("first ");
      await gate.promise;
      outgoing.end("second");
    };
    const reader = (await get("/network/drip")).body?.getReader();
    const first = await reader?.read();
    gate.resolve();
    expect(new TextDecoder().decode(first?.value)).toBe("first ");
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe("second");
  });

  test("PX-08 a client that leaves ends the upstream's endless answer", async () => {
    const endless = endlessAnswer();
    answer = endless.answer;
    const client = new AbortController();
    const response = await fetch(`${workers.origins[0]}/network/endless`, {
      headers: { Cookie: ada.cookie },
      signal: client.signal,
    });
    await response.body?.getReader().read();
    client.abort();
    await endless.ended;
  });

  test("PX-08 504 for an upstream that is silent, 502 for one that breaks off", async () => {
    answer = () => undefined;
    const silent = await get("/network/silent");
    expect([silent.status, await silent.text()]).toEqual([504, '{"error":"gateway_timeout"}']);
    answer = (incoming) => void incoming.socket.destroy();
    const broken = await get("/network/broken");
    expect([broken.status, await broken.text()]).toEqual([502, '{"error":"bad_gateway"}']);
  });

  test("PX-03 a redirect is not followed", async () => {
    let calls = 0;
    answer = ({ headers }, outgoing) => {
      calls += 1;
      outgoing.writeHead(302, { Location: `http://${headers.host}/base/there` }).end();
    };
    const response = await get("/network/here");
    expect([response.status, response.headers.get("Location"), calls]).toEqual([302, "/network/there", 1]);
  });
});
