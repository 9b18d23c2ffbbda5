import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type OpenidServer, startOpenidProvider } from "../../core/test/openid-provider.js";
import { endlessAnswer } from "./endless-answer.js";
import { bundle, type SocketWorkers, startSocketWorkers } from "./workerd.js";

// Requests as a client writes them line by line, bodies on the way, and a provider that sets cookies of its own.
const HOST = "127.0.0.1";
let workers: SocketWorkers;
let upstream: Server;
let provider: OpenidServer;
let seen: IncomingMessage[] = [];
let answer: RequestListener = (_, outgoing) => void outgoing.end("ok");

beforeAll(async () => {
  provider = await startOpenidProvider("ES256");
  upstream = createServer((incoming, outgoing) => {
    seen.push(incoming);
    answer(incoming, outgoing);
  }).listen(0, HOST);
  await once(upstream, "listening");
  const { port } = upstream.address() as AddressInfo;
  const contents = await bundle("auth-proxy-worker.ts");
  workers = await startSocketWorkers(
    { name: "wire", contents, variables: { PROVIDER_URL: `http://${HOST}:${port}` } },
    { name: "openid", contents, variables: { PROVIDER_URL: provider.url } },
  );
});
afterAll(async () => {
  await workers.dispose();
  await provider.close();
  upstream.closeAllConnections();
  upstream.close();
});

const raw: SocketWorkers["raw"] = (...request) => {
  seen = [];
  return workers.raw(...request);
};
const get = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${workers.origins[0]}${path}`, { redirect: "manual", ...init });

describe("as it comes over the wire", () => {
  test.each(["https://evil.example/wire/x", "http://evil.example/wire/x", "http://app.example:1/wire/x"])(
    "PX-02 %s, in absolute form, is a path of our host and of the one upstream",
    async (target) => {
      expect(await raw(`GET ${target}`)).toMatch(/^HTTP\/1\.1 200 /);
      expect(seen.map(({ url, headers }) => [url, headers["x-forwarded-host"]])).toEqual([["/wire/x", "app.example"]]);
    },
  );

  test("PX-01 a host that is not named is a 421, and nobody is called", async () => {
    seen = [];
    const response = await fetch(`${workers.origins[0]?.replace(HOST, "localhost")}/wire/x`);
    expect([response.status, await response.text(), seen]).toEqual([421, '{"error":"unknown_host"}', []]);
  });

  test.each([
    "/wire/../admin",
    "/wire/%2e%2e/admin",
    "/wire\\..\\x",
    "/wire//evil.example",
    "//evil.example/wire/x",
    "/wire/a;b",
  ])("PX-02 %s is a 400, and nobody is called", async (path) => {
    const answered = await raw(`GET ${path}`);
    expect(answered).toMatch(/^HTTP\/1\.1 400 /);
    expect(answered).toContain('{"error":"ambiguous_path"}');
    expect(seen).toEqual([]);
  });

  test("PX-09 TRACE is a 405, and nobody is called", async () => {
    expect(await raw("TRACE /wire/x")).toMatch(/^HTTP\/1\.1 405 /);
    expect(seen).toEqual([]);
  });

  test("PX-09 a WebSocket handshake is a 405, and nobody is called", async () => {
    const answered = await raw("GET /wire/live", [
      "Upgrade: websocket",
      "Connection: Upgrade",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==",
    ]);
    expect(answered).toMatch(/^HTTP\/1\.1 405 /);
    expect(answered).toMatch(/allow: GET, POST, HEAD/i);
    expect(seen).toEqual([]);
  });

  test("PX-05 PX-07 two Cookie lines, hop-by-hop headers and claims: the provider sees its own cookie alone", async () => {
    await raw("GET /wire/x?a=1", [
      "Cookie: __Host-session=es1.x; theme=dark",
      "Cookie: DS=1; __Host-edgeseal-flow-1=y",
      "Connection: X-Forwarded-Host, X-Hop",
      "X-Hop: forged",
      "TE: trailers",
      "X-Forwarded-For: forged",
      "X_Forwarded_For: forged",
      "Forwarded: for=forged",
      "CF-Connecting-IP: 192.0.2.7",
      "Authorization: Bearer forged",
      "Referer: https://forged.example/",
    ]);
    const headers = { ...seen[0]?.headers };
    expect(seen[0]?.url).toBe("/wire/x?a=1");
    expect(headers).toMatchObject({
      host: `${HOST}:${(upstream.address() as AddressInfo).port}`,
      "x-forwarded-host": "app.example",
      "x-forwarded-for": "192.0.2.7",
      forwarded: 'for=192.0.2.7;host="app.example";proto=https',
    });
    expect(JSON.stringify(seen[0]?.rawHeaders)).not.toMatch(/forged|es1\.|theme|edgeseal/);
    expect(headers.cookie === undefined || headers.cookie === "DS=1").toBe(true);
  });
});

describe("across the network", () => {
  test("PX-06 several cookies stay several, each for our host alone", async () => {
    answer = (_, outgoing) => {
      outgoing.setHeader("Set-Cookie", [
        "DS=1; Domain=idp.example; Path=/; Expires=Wed, 01 Jan 2098 00:00:00 GMT",
        "_session=2; path=/; samesite=lax; httponly",
        "__Host-session=planted; Path=/; Secure",
      ]);
      outgoing.setHeader("Access-Control-Allow-Origin", "*");
      outgoing.setHeader("Server-Timing", "db;dur=5");
      outgoing.end("ok");
    };
    const response = await get("/wire/x", { headers: { Origin: "https://app.example.com" } });
    expect(response.headers.getSetCookie()).toEqual([
      "DS=1; Path=/; Expires=Wed, 01 Jan 2098 00:00:00 GMT; Secure",
      "_session=2; Path=/; HttpOnly; Secure; SameSite=Lax",
    ]);
    expect(response.headers.get("Access-Control-Allow-Origin")).toBe("https://app.example.com");
    expect(response.headers.get("Cache-Control")).toBe("private, no-store");
    expect(response.headers.has("Server-Timing")).toBe(false);
  });

  test("a compressed answer arrives as what it says", async () => {
    answer = (_, outgoing) => {
      outgoing.setHeader("Content-Encoding", "gzip");
      outgoing.end(gzipSync("a long text ".repeat(1_000)));
    };
    expect(await (await get("/wire/gzip")).text()).toBe("a long text ".repeat(1_000));
  });

  test("PX-08 a large upload and a large answer pass", async () => {
    answer = async (incoming, outgoing) => {
      outgoing.end(await buffer(incoming));
    };
    const body = new Uint8Array(8 * 1_048_576).fill(7);
    const response = await get("/wire/echo", { method: "POST", body });
    expect((await response.arrayBuffer()).byteLength).toBe(body.length);
  });

  test("PX-08 a client that leaves ends the provider's endless answer", async () => {
    const endless = endlessAnswer();
    answer = endless.answer;
    const client = new AbortController();
    const response = await get("/wire/endless", { signal: client.signal });
    await response.body?.getReader().read();
    client.abort();
    await endless.ended;
  });

  test("PX-08 504 for a provider that says nothing, 502 for one that breaks off", async () => {
    answer = () => undefined;
    const silent = await get("/wire/silent");
    expect([silent.status, await silent.text()]).toEqual([504, '{"error":"gateway_timeout"}']);
    answer = (incoming) => void incoming.socket.destroy();
    const broken = await get("/wire/broken");
    expect([broken.status, await broken.text()]).toEqual([502, '{"error":"bad_gateway"}']);
  });

  test("PX-03 a redirect to another host is a 502 without its cookies, and nobody follows it", async () => {
    let calls = 0;
    answer = (_, outgoing) => {
      calls += 1;
      outgoing.writeHead(302, { Location: "https://evil.example/", "Set-Cookie": "DS=1" }).end();
    };
    const response = await get("/wire/x");
    expect([response.status, response.headers.getSetCookie(), calls]).toEqual([502, [], 1]);
  });
});

describe("in front of an OpenID provider that has a session of its own", () => {
  /** What a browser does on one host: keeps cookies, follows what leads to that host. */
  async function walk(jar: Map<string, string>, from: string) {
    const origin = workers.origins[1] ?? "";
    let address = new URL(from, origin);
    for (let hop = 0; hop < 10 && address.origin === origin; hop += 1) {
      const Cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
      const response = await fetch(address, { headers: { Cookie }, redirect: "manual" });
      for (const line of response.headers.getSetCookie()) {
        expect(line).toMatch(/; Secure/);
        expect(line).not.toMatch(/domain=/i);
        const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        if (value === "") jar.delete(name);
        else jar.set(name, value);
      }
      const location = response.headers.get("Location");
      if (location === null) throw new Error(`${address.pathname}: ${response.status} ${await response.text()}`);
      expect(location).not.toContain(provider.url);
      address = new URL(location, address);
    }
    return address;
  }

  const authorize = (more: Record<string, string>): string =>
    `/auth?${new URLSearchParams({
      client_id: "public",
      response_type: "code",
      scope: "openid",
      redirect_uri: "https://app.example.com/auth/callback",
      code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
      code_challenge_method: "S256",
      state: "s",
      ...more,
    })}`;

  test("PX-03 PX-05 its session is a cookie of our host, and signs in again without asking", async () => {
    const jar = new Map([["__Host-session", "es1.x"]]);
    const first = await walk(jar, authorize({ login_hint: "ada" }));
    expect([first.origin, first.searchParams.has("code")]).toEqual(["https://app.example.com", true]);
    expect(jar.has("_session")).toBe(true);
    const silent = await walk(jar, authorize({ prompt: "none" }));
    expect([silent.searchParams.has("code"), silent.searchParams.get("error")]).toEqual([true, null]);
    const stranger = await walk(new Map(), authorize({ prompt: "none" }));
    expect(stranger.searchParams.get("error")).toBe("login_required");
  });
});
