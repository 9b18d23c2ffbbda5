import { describe, expect, test, vi } from "vitest";
import { lateUpstream, leavingClient } from "../../../test/failing-upstream.js";
import { problemsOf } from "../../../test/problems.js";
import type { AuditEvent } from "../base/ports.js";
import { createOrigins } from "../policy/origins.js";
import { createSecurityHeaders } from "../policy/security-headers.js";
import { createAuthProxy } from "./auth-proxy.js";
import type { AuthHost, AuthProxyOptions } from "./auth-proxy-options.js";

const HOST = "auth.customer-a.example";
const OURS = `https://${HOST}`;
const IDP = "https://idp.example";
const APP = "https://app.customer-a.example";
const apps = createOrigins({ allow: [APP] });
const RULE = { upstream: IDP, paths: ["/v1/*", "/login"], cookies: ["DS", "DSR"] } as const satisfies AuthHost;

/** An upstream that notes what it gets. */
function provider(answer: (request: Request) => Response | Promise<Response> = () => new Response("ok")) {
  const seen: Request[] = [];
  return {
    seen,
    fetch: async (request: Request): Promise<Response> => {
      seen.push(request);
      return await answer(request);
    },
  };
}

const ask = (path = "/v1/me", init: RequestInit = {}): Request => new Request(`${OURS}${path}`, init);

async function through(
  request: Request,
  rule: Partial<AuthHost> = {},
  answer?: Parameters<typeof provider>[0],
  options: Partial<AuthProxyOptions> = {},
) {
  const idp = provider(answer);
  const events: AuditEvent[] = [];
  const audit = { send: async (event: AuditEvent) => events.push(event) };
  // As: the options of either kind.
  const made = { hosts: { [HOST]: { ...RULE, ...rule } }, fetch: idp.fetch, audit, ...options } as AuthProxyOptions;
  const response = await createAuthProxy(made)(request);
  return { response, seen: idp.seen, events: events.map(({ type, reason }) => [type, reason]) };
}

/** Status and body of a refusal, number of upstream calls, events. */
async function refusal(...given: Parameters<typeof through>) {
  const { response, seen, events } = await through(...given);
  return [response.status, await response.text(), seen.length, events];
}

describe("which requests pass", () => {
  test.each([
    "https://other.example/v1/me",
    `https://${HOST}.evil.example/v1/me`,
    `https://${HOST}:8443/v1/me`,
    `https://x.${HOST}/v1/me`,
    `https://${HOST}./v1/me`,
    "https://constructor/v1/me",
    "https://__proto__/v1/me",
  ])("PX-01 %s is a 421 with no upstream call", async (url) => {
    const { response, seen, events } = await through(new Request(url, { headers: { Cookie: "DS=1" } }));
    expect([response.status, await response.text()]).toEqual([421, '{"error":"unknown_host"}']);
    expect(response.headers.get("Cache-Control")).toBe("private, no-store");
    expect([seen.length, events]).toEqual([0, [["unknown_host", undefined]]]);
  });

  test("PX-01 the event of a 421 names the host that was asked, port included: a rule without one is easily written", async () => {
    const send = vi.fn(async (_event: AuditEvent) => undefined);
    const answer = await createAuthProxy({ hosts: { [HOST]: RULE }, audit: { send } })(
      new Request(`https://${HOST}:8443/v1/me`),
    );
    expect(answer.status).toBe(421);
    expect(send.mock.calls.map(([{ type, detail }]) => [type, detail])).toEqual([["unknown_host", `${HOST}:8443`]]);
  });

  test.each([
    "//evil.example/v1/me",
    "/v1//evil.example",
    "/v1/%2e%2e%2fadmin",
    "/v1/..%2fadmin",
    "/v1/%5cevil",
    "/v1/x;y",
    "/v1/%252e",
    "/v1/%00",
  ])("PX-02 %s is ambiguous: 400 and no upstream call", async (path) => {
    expect(await refusal(ask(path))).toEqual([400, '{"error":"ambiguous_path"}', 0, [["ambiguous_path", HOST]]]);
  });

  test.each(["/v1/@evil.example", "/v1/https:/evil.example", "/v1/x?next=//evil.example", "/v1/%7Ea/"])(
    "PX-02 %s goes to the one upstream there is",
    async (path) => {
      const { seen } = await through(ask(path));
      expect([new URL(seen[0]?.url ?? "").origin, seen[0]?.redirect]).toEqual([IDP, "manual"]);
    },
  );

  test("PX-02 a path that is not named is a 404 and no upstream call", async () => {
    for (const path of ["/", "/v1", "/V1/me", "/admin", "/login/x"]) {
      expect(await refusal(ask(path))).toEqual([404, '{"error":"not_found"}', 0, [["not_found", HOST]]]);
    }
  });

  test("PX-09 a WebSocket, and a method that is not named, are a 405 with what is allowed", async () => {
    const socket = ask("/v1/me", {});
    socket.headers.set("Upgrade", "WebSocket");
    for (const request of [socket, ask("/v1/me", { method: "DELETE" }), ask("/v1/me", { method: "OPTIONS" })]) {
      const { response, seen, events } = await through(request);
      expect([response.status, await response.text()]).toEqual([405, '{"error":"method_not_allowed"}']);
      expect(response.headers.get("Allow")).toBe("GET, POST, HEAD");
      expect([seen.length, events]).toEqual([0, [["method_not_allowed", HOST]]]);
    }
  });

  test.each(["CONNECT", "TRACE"])(
    "PX-09 %s cannot be allowed, and is a 405 where a runtime lets it in",
    async (method) => {
      const request = new Proxy(ask(), {
        get: (target, name) => (name === "method" ? method : Reflect.get(target, name)),
      });
      expect((await refusal(request)).slice(0, 3)).toEqual([405, '{"error":"method_not_allowed"}', 0]);
      const rule = { ...RULE, methods: [method] };
      expect(problemsOf(() => createAuthProxy({ hosts: { [HOST]: rule } }))).toHaveLength(1);
    },
  );
});

describe("what the provider is sent", () => {
  test("PX-05 none of our cookies, none of the app's", async () => {
    const headers = { Cookie: "__Host-session=es1.x; __Host-edgeseal-flow-1=y; theme=dark; DS=1; DSR=2" };
    expect((await through(ask("/v1/me", { headers }))).seen[0]?.headers.get("Cookie")).toBe("DS=1; DSR=2");
    const { seen } = await through(ask("/v1/me", { headers }), { cookies: [] });
    expect(seen[0]?.headers.has("Cookie")).toBe(false);
  });

  test("PX-05 nothing a client says of itself, of the way here or of us; only what is named", async () => {
    const headers = {
      Authorization: "Bearer forged",
      "X-Forwarded-For": "forged",
      "X-Forwarded-Host": "forged",
      Forwarded: "for=forged",
      "CF-Connecting-IP": "forged",
      "X-Real-IP": "forged",
      "X-User-ID": "forged",
      "X-HTTP-Method-Override": "forged",
      Referer: "https://forged.example/?code=1",
      "X-Sdk": "forged",
      "X-Original-URL": "/forged",
      Accept: "application/json",
      Origin: APP,
    };
    const { seen } = await through(ask("/v1/me", { headers }), {}, undefined, { clientAddress: () => "2001:db8::1" });
    expect(Object.fromEntries(seen[0]?.headers ?? [])).toEqual({
      accept: "application/json",
      "accept-encoding": "gzip",
      origin: APP,
      "x-forwarded-host": HOST,
      "x-forwarded-proto": "https",
      "x-forwarded-for": "2001:db8::1",
      forwarded: `for="[2001:db8::1]";host="${HOST}";proto=https`,
    });
    const named = await through(ask("/v1/me", { headers }), { headers: ["authorization", "X-Sdk"] });
    expect(named.seen[0]?.headers.get("Authorization")).toBe("Bearer forged");
    expect(named.seen[0]?.headers.get("X-Sdk")).toBe("forged");
  });

  test("an address that is none is not told", async () => {
    const { seen } = await through(ask(), {}, undefined, { clientAddress: () => "1.2.3.4, 5.6.7.8" });
    expect(seen[0]?.headers.has("X-Forwarded-For")).toBe(false);
    expect(seen[0]?.headers.get("Forwarded")).toBe(`host="${HOST}";proto=https`);
  });

  test("PX-07 hop-by-hop headers and what Connection names end here, our own never", async () => {
    const request = ask("/v1/me", { headers: { "X-Sdk": "1", "Keep-Alive": "5", TE: "trailers", Accept: "*/*" } });
    request.headers.set("Connection", "X-Sdk, X-Forwarded-Host, b@d");
    request.headers.set("Upgrade", "h2c");
    const { seen } = await through(request, { headers: ["X-Sdk"] });
    expect([...(seen[0]?.headers.keys() ?? [])]).toEqual([
      "accept",
      "accept-encoding",
      "forwarded",
      "x-forwarded-host",
      "x-forwarded-proto",
    ]);
  });

  test("CK-15 the platform's cache neither answers nor keeps it", async () => {
    expect((await through(ask("/v1/logo.png"))).seen[0]?.cache).toBe("no-store");
  });

  test("PX-08 the body streams up while the provider already answers", async () => {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    const body = { body: readable, duplex: "half", method: "POST" } as RequestInit;
    const answered = through(ask("/v1/me", body), {}, async (request) => {
      const { value } = (await request.body?.getReader().read()) ?? {};
      return new Response(value);
    });
    await writer.write(new TextEncoder().encode("first"));
    expect(await (await answered).response.text()).toBe("first");
    writer.abort().catch(() => undefined);
  });

  test("a service binding gets the request, with the upstream's address", async () => {
    const through2 = provider();
    await through(ask(), { upstream: "http://idp", through: through2 });
    expect(through2.seen[0]?.url).toBe("http://idp/v1/me");
  });
});

describe("what the visitor is given", () => {
  test("PX-06 our own policy in the place of the provider's", async () => {
    const answer = (): Response => {
      const headers = new Headers({
        "Content-Type": "application/json",
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Credentials": "true",
        "Content-Security-Policy": "default-src *",
        "Strict-Transport-Security": "max-age=0",
        "X-Frame-Options": "ALLOWALL",
        "Clear-Site-Data": '"cookies"',
        "Alt-Svc": "h3",
        "Server-Timing": "db;dur=5",
        NEL: "{}",
        "Report-To": "{}",
        "Reporting-Endpoints": 'x="https://reports.example"',
        Link: `<${IDP}/x.css>; rel=preload`,
        Server: "idp/1.2",
        "X-Upstream-Url": IDP,
        "Cache-Control": "public, max-age=600",
        ETag: '"1"',
      });
      headers.append("Set-Cookie", "DS=1; Domain=idp.example; Path=/; Expires=Wed, 01 Jan 2098 00:00:00 GMT");
      headers.append("Set-Cookie", "__Host-session=planted; Secure; Path=/");
      headers.append("Set-Cookie", "DSR=2; HttpOnly; SameSite=Strict");
      return new Response("{}", { headers });
    };
    const { response } = await through(ask("/v1/me", { headers: { Origin: "https://evil.example" } }), {}, answer);
    expect(response.headers.getSetCookie()).toEqual([
      "DS=1; Path=/; Expires=Wed, 01 Jan 2098 00:00:00 GMT; Secure",
      "DSR=2; HttpOnly; Secure; SameSite=Strict",
    ]);
    response.headers.delete("Set-Cookie");
    expect(Object.fromEntries(response.headers)).toEqual({
      "cache-control": "private, no-store",
      "content-security-policy": expect.stringContaining("default-src 'none'"),
      "content-type": "application/json",
      "cross-origin-resource-policy": "same-origin",
      etag: '"1"',
      "referrer-policy": "no-referrer",
      "strict-transport-security": expect.stringContaining("max-age=31536000"),
      vary: "Cookie",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
    });
  });

  test("PX-06 pages are framed by nobody; their content policy is the provider's only where that is asked for", async () => {
    const page = (): Response =>
      new Response("<p>", {
        headers: { "Content-Type": "text/html", "Content-Security-Policy": "script-src 'nonce-x'" },
      });
    const { response } = await through(ask("/login"), {}, page);
    expect([response.headers.get("X-Frame-Options"), response.headers.has("Content-Security-Policy")]).toEqual([
      "DENY",
      false,
    ]);
    const kept = await through(ask("/login"), { upstreamCsp: true }, page);
    expect(kept.response.headers.get("Content-Security-Policy")).toBe("script-src 'nonce-x'");
    const pages = createSecurityHeaders({ preset: "page" });
    const own = await through(ask("/login"), {}, page, { pages });
    expect(own.response.headers.get("Content-Security-Policy")).toContain("frame-ancestors");
  });

  test("PX-06 CORS is ours: the apps that are named may read, with cookies, and preflights cost no upstream call", async () => {
    const answer = (): Response => new Response("{}", { headers: { "Access-Control-Allow-Origin": "*" } });
    const rule = { origins: apps, headers: ["Authorization"], answerHeaders: ["X-Request-Id"] };
    const get = ask("/v1/me", { headers: { Origin: APP } });
    const { response } = await through(get, rule, answer);
    expect(response.headers.get("Access-Control-Allow-Origin")).toBe(APP);
    expect(response.headers.get("Access-Control-Allow-Credentials")).toBe("true");
    expect(response.headers.get("Access-Control-Expose-Headers")).toBe("X-Request-Id");
    const other = await through(ask("/v1/me", { headers: { Origin: "https://evil.example" } }), rule, answer);
    expect(other.response.headers.has("Access-Control-Allow-Origin")).toBe(false);
    expect(other.response.headers.get("Vary")).toContain("Origin");
    const headers = {
      Origin: APP,
      "Access-Control-Request-Method": "POST",
      "Access-Control-Request-Headers": "authorization,content-type",
    };
    const preflight = await through(ask("/v1/me", { method: "OPTIONS", headers }), rule);
    expect([preflight.response.status, preflight.seen.length, preflight.events]).toEqual([204, 0, []]);
    expect(preflight.response.headers.get("Access-Control-Allow-Headers")).toBe("Content-Type, Authorization");
  });

  test("what is the same for everybody keeps its life in caches; what is somebody's own does not", async () => {
    const answer = (): Response => new Response("{}", { headers: { "Cache-Control": "public, max-age=600" } });
    const life = async (...given: Parameters<typeof through>) =>
      (await through(given[0], given[1], answer)).response.headers.get("Cache-Control");
    expect(await life(ask("/v1/keys"))).toBe("public, max-age=600");
    expect(await life(ask("/v1/keys", { headers: { Cookie: "theme=dark" } }))).toBe("public, max-age=600");
    for (const init of [{ headers: { Cookie: "DS=1" } }, { method: "POST" }, { headers: { "X-Sdk": "1" } }]) {
      expect(await life(ask("/v1/keys", init), { headers: ["X-Sdk"] })).toBe("private, no-store");
    }
  });

  test("PX-07 hop-by-hop headers of the answer, and what Connection names, end here", async () => {
    const answer = (): Response =>
      new Response("ok", {
        headers: { "X-Hop": "1", Connection: "X-Hop", "Keep-Alive": "5", Trailer: "x", "X-End": "1" },
      });
    const { response } = await through(ask(), { answerHeaders: ["X-Hop", "X-End"] }, answer);
    expect(["X-Hop", "Connection", "Keep-Alive", "Trailer"].filter((name) => response.headers.has(name))).toEqual([]);
    expect(response.headers.get("X-End")).toBe("1");
  });

  test("PX-03 the event of a refused redirect names the origin that `redirects` lacks, and nothing else of its address", async () => {
    const send = vi.fn(async (_event: AuditEvent) => undefined);
    const to = "https://accounts.google.example/o?login_hint=ada&state=CANARY";
    const fetch = async () => new Response(null, { status: 302, headers: { Location: to } });
    const answer = await createAuthProxy({ hosts: { [HOST]: RULE }, audit: { send }, fetch })(ask());
    expect([answer.status, await answer.text()]).toEqual([502, '{"error":"bad_gateway"}']);
    expect(send.mock.calls.map(([{ type, reason, detail }]) => [type, reason, detail])).toEqual([
      ["bad_gateway", HOST, "redirect to https://accounts.google.example"],
    ]);
    expect(JSON.stringify(send.mock.calls)).not.toContain("CANARY");
  });

  test("PX-03 a redirect is not followed; to a host that is not named it is a 502 without its cookies", async () => {
    const to =
      (location: string, status = 302) =>
      (): Response => {
        const headers = new Headers({ Location: location });
        headers.append("Set-Cookie", "DS=1; Domain=idp.example");
        return new Response(null, { status, headers });
      };
    const shown = async (location: string, rule: Partial<AuthHost> = {}, status = 302) => {
      const { response, seen, events } = await through(ask("/v1/authorize"), rule, to(location, status));
      const { headers } = response;
      return [response.status, headers.get("Location"), headers.getSetCookie(), seen.length, events];
    };
    const bad = [502, null, [], 1, [["bad_gateway", HOST]]];
    const cookie = ["DS=1; Secure"];
    expect(await shown("https://evil.example/x")).toEqual(bad);
    expect(await shown(`${APP}/callback?code=1`)).toEqual(bad);
    expect(await shown("javascript:alert(1)", { redirects: apps })).toEqual(bad);
    expect(await shown(`${APP}/callback?code=1`, { redirects: apps })).toEqual([
      302,
      `${APP}/callback?code=1`,
      cookie,
      1,
      [],
    ]);
    expect(await shown(`${IDP}/v1/login`)).toEqual([302, `${OURS}/v1/login`, cookie, 1, []]);
    expect(await shown("/v1/login")).toEqual([302, `${OURS}/v1/login`, cookie, 1, []]);
    expect(await shown("https://evil.example/x", {}, 201)).toEqual([201, null, cookie, 1, []]);
  });

  test("PX-03 Content-Location and Refresh are ours as well, or not there", async () => {
    const answer = (address: string) => (): Response =>
      new Response("ok", { headers: { "Content-Location": address, Refresh: `0; url=${address}` } });
    const shown = async (address: string) => {
      const { headers } = (await through(ask(), {}, answer(address))).response;
      return [headers.get("Content-Location"), headers.get("Refresh")];
    };
    expect(await shown(`${IDP}/v1/x`)).toEqual([`${OURS}/v1/x`, `0; url=${OURS}/v1/x`]);
    expect(await shown("https://evil.example/")).toEqual([null, null]);
  });

  test.each([204, 304, 401, 404, 500])("status %i is passed on", async (status) => {
    const body = status === 204 || status === 304 ? null : "why";
    const { response, events } = await through(ask(), {}, () => new Response(body, { status }));
    expect([response.status, await response.text(), events]).toEqual([status, body ?? "", []]);
  });

  test("PX-08 a gigabyte streams without being held, and a visitor who leaves ends it", async () => {
    let pulled = 0;
    let cancelled = false;
    const gigabyte = (): Response =>
      new Response(
        new ReadableStream({
          pull(controller) {
            pulled += 1;
            if (pulled > 16_384) controller.close();
            else controller.enqueue(new Uint8Array(65_536));
          },
          cancel() {
            cancelled = true;
          },
        }),
      );
    const { response } = await through(ask(), {}, gigabyte);
    expect(pulled).toBeLessThan(4);
    const reader = response.body?.getReader();
    for (let read = 0; read < 64; read += 1) await reader?.read();
    expect(pulled).toBeLessThan(70);
    await reader?.cancel();
    expect(cancelled).toBe(true);
  });
});

describe("a provider that fails", () => {
  test("PX-08 502 when it cannot be reached, and nothing of it is told", async () => {
    const failed = (): Response => {
      throw new TypeError("connect ECONNREFUSED idp.example");
    };
    expect(await refusal(ask(), {}, failed)).toEqual([502, '{"error":"bad_gateway"}', 1, [["bad_gateway", HOST]]]);
  });

  test("PX-08 504 when its headers do not come in time; the call is ended, and what comes later is closed", async () => {
    const { answer, outcome } = lateUpstream();
    const told = [["gateway_timeout", HOST]];
    expect(await refusal(ask(), { deadlineSeconds: 1 }, answer)).toEqual([504, '{"error":"gateway_timeout"}', 1, told]);
    expect(await outcome()).toEqual({ ended: true, closed: true });
  });

  test("PX-08 a client that leaves ends the call, and that is no failure of the provider", async () => {
    const { signal, answer } = leavingClient();
    const { seen, events } = await through(ask("/v1/me", { signal }), {}, answer);
    expect([seen[0]?.signal.aborted, events]).toEqual([true, []]);
  });

  test("a refusal can be read by the apps that may read answers", async () => {
    const failed = (): Response => {
      throw new TypeError("down");
    };
    const { response } = await through(ask("/v1/me", { headers: { Origin: APP } }), { origins: apps }, failed);
    expect([response.status, response.headers.get("Access-Control-Allow-Origin")]).toEqual([502, APP]);
  });
});

describe("thousands of hosts", () => {
  const options = (lookUp: AuthProxyOptions["lookUp"]) => ({ hosts: undefined, lookUp }) as Partial<AuthProxyOptions>;

  test("PX-01 a host that the look-up does not know is a 421, one that it knows is served, the map goes first", async () => {
    const asked: string[] = [];
    const lookUp = (host: string): AuthHost | undefined => {
      asked.push(host);
      return new Map([[HOST, RULE]]).get(host);
    };
    expect((await refusal(ask(), {}, undefined, options(lookUp))).slice(0, 3)).toEqual([200, "ok", 1]);
    const stranger = new Request("https://other.example/v1/me");
    expect((await refusal(stranger, {}, undefined, options(lookUp))).slice(0, 3)).toEqual([
      421,
      '{"error":"unknown_host"}',
      0,
    ]);
    expect((await refusal(ask(), {}, undefined, { lookUp })).slice(0, 3)).toEqual([200, "ok", 1]);
    expect(asked).toEqual([HOST, "other.example"]);
  });

  test("a look-up that fails or hangs is an outage: 503, no upstream call, no host less", async () => {
    const down = async (): Promise<never> => {
      throw new Error("d1 is down: secret");
    };
    const expected = [503, '{"error":"unavailable"}', 0, [["store_unreachable", undefined]]];
    expect(await refusal(ask(), {}, undefined, options(down))).toEqual(expected);
    vi.useFakeTimers();
    try {
      const answered = refusal(
        ask(),
        {},
        undefined,
        options(() => new Promise(() => {})),
      );
      await vi.advanceTimersByTimeAsync(5_000);
      expect(await answered).toEqual(expected);
    } finally {
      vi.useRealTimers();
    }
  });

  test("a rule of the look-up is checked like one of the map", async () => {
    const lookUp = (): AuthHost => ({ ...RULE, upstream: "http://idp.example", cookies: ["__Host-session"] });
    await expect(through(ask(), {}, undefined, options(lookUp))).rejects.toMatchObject({
      code: "config_invalid",
      problems: [expect.stringContaining(".upstream`"), expect.stringContaining(".cookies`")],
    });
  });

  test("one rule for many hosts keeps their addresses apart, also at once", async () => {
    const hosts = Array.from({ length: 200 }, (_, at) => `auth-${at % 20}.example`);
    const answer = (): Response => new Response(null, { status: 302, headers: { Location: "/login" } });
    const proxy = createAuthProxy({ lookUp: async () => RULE, fetch: provider(answer).fetch });
    const shown = await Promise.all(
      hosts.map(async (host) => (await proxy(new Request(`https://${host}/v1/x`))).headers.get("Location")),
    );
    expect(shown).toEqual(hosts.map((host) => `https://${host}/login`));
  });
});

describe("configuration", () => {
  /** As: what JavaScript passes has no types. */
  const refused = (options: unknown) => problemsOf(() => createAuthProxy(options as AuthProxyOptions));

  test("every problem of every host at once, and no URL", () => {
    const problems = refused({
      hosts: {
        "Auth.Example.com": {
          ...RULE,
          upstream: "https://user:secret@idp.example",
          paths: ["/a//b"],
          methods: ["get"],
        },
        "auth.b.example": {
          upstream: "https://auth.b.example",
          through: {},
          paths: [],
          cookies: ["session", "__Host-session"],
          hostPrefix: true,
          sameSite: "no",
          cookiePath: "/x",
          headers: ["Cookie"],
          answerHeaders: ["Set-Cookie"],
          origins: ["https://app.example"],
          redirects: {},
          upstreamCsp: 1,
          deadlineSeconds: 0,
          follow: true,
        },
        "auth.c.example": { ...RULE, hostPrefix: true, cookies: ["x", "__Host-x"] },
        "auth.d.example": null,
      },
      pages: {},
      cookieName: "",
      clientAddress: "1.2.3.4",
      audit: {},
      retries: 3,
    });
    expect(problems).toEqual([
      "`createAuthProxy` has no option `retries`; it has hosts, lookUp, pages, clientAddress, cookieName, fetch, audit, now.",
      '`hosts["Auth.Example.com"]` is named by no host: write it as browsers do, `auth.example.com`, with a port where the address shows one.',
      expect.stringContaining('`hosts["Auth.Example.com"].upstream` must be an origin'),
      '`hosts["Auth.Example.com"].paths`: The path pattern "/a//b" is ambiguous and never matches.',
      '`hosts["Auth.Example.com"].methods` must be a list of methods in capitals; CONNECT and TRACE are never passed on.',
      expect.stringContaining('`hosts["auth.b.example"]` has no option `follow`'),
      '`hosts["auth.b.example"].upstream` is the host itself.',
      '`hosts["auth.b.example"].paths` must be a list of paths such as `/v1/flow/*`.',
      expect.stringContaining('`hosts["auth.b.example"].cookies` must be a list of cookie names'),
      '`hosts["auth.b.example"].sameSite` must be "lax", "strict" or "none".',
      '`hosts["auth.b.example"].cookiePath` must be "/", or left out.',
      expect.stringContaining('`hosts["auth.b.example"].headers` must be a list of header names'),
      expect.stringContaining('`hosts["auth.b.example"].answerHeaders` must be a list of header names'),
      '`hosts["auth.b.example"].through` must be a service binding: it has no `fetch`.',
      '`hosts["auth.b.example"].origins` must come from `createOrigins`.',
      '`hosts["auth.b.example"].redirects` must come from `createOrigins`.',
      '`hosts["auth.b.example"].upstreamCsp` must be true or false.',
      '`hosts["auth.b.example"].deadlineSeconds` must be whole seconds from 1 to 3600.',
      '`hosts["auth.c.example"].cookies` names a cookie twice, or two that are one with `hostPrefix`.',
      '`hosts["auth.d.example"]` must be an object such as `{ upstream, paths, cookies }`.',
      "`pages` must come from `createSecurityHeaders`.",
      "`cookieName` must be the name of the session's cookie, or a list of names.",
      "`audit` must be a Queue or `{ send(event) }`, or a list of them.",
      "`clientAddress` must be a function, or left out.",
    ]);
    expect(problems.join()).not.toContain("secret");
  });

  test.each([[undefined], [{}], [{ hosts: {} }], [{ hosts: [] }]])("%j names no host", (options) => {
    expect(refused(options)).toHaveLength(1);
  });

  test.each(["__Host-session", "__Secure-session.0", "__Host-edgeseal-pending", "own", "own.1", "a b", ""])(
    "PX-05 a host cannot name %s, which is ours or no name",
    (name) => {
      expect(refused({ hosts: { [HOST]: { ...RULE, cookies: [name] } }, cookieName: "own" })).toHaveLength(1);
    },
  );
});
