import { describe, expect, test, vi } from "vitest";
import { lateUpstream, leavingClient } from "../../../test/failing-upstream.js";
import { problemsOf } from "../../../test/problems.js";
import type { AuditEvent } from "../base/ports.js";
import { createOrigins } from "../policy/origins.js";
import { createIdentityForwarder } from "./forward.js";
import { generateIdentityKeys } from "./generate-identity-keys.js";
import { createProxy } from "./proxy.js";
import type { ProxyOptions, ProxyRoute, ProxyVisitor } from "./proxy-options.js";
import { createIdentityVerifier } from "./verify.js";

const TOKEN = "header.payload.signature";
const apply = (response: Response): Response => {
  const copy = new Response(response.body, response);
  copy.headers.set("Cache-Control", "private, no-store");
  return copy;
};
const ada: ProxyVisitor = {
  state: "authenticated",
  user: { id: "user_ada" },
  sessionId: "session_1",
  organizationId: "org_acme",
  roles: [],
  permissions: ["projects:read"],
  entitlements: [],
  featureFlags: [],
  accessToken: TOKEN,
  apply,
};
const without = (state: "anonymous" | "unavailable", status: number): ProxyVisitor => ({
  state,
  deny: () => Response.json({ error: state }, { status }),
  apply,
});
const anonymous = without("anonymous", 401);
const unavailable = without("unavailable", 503);

/** An upstream that notes what it gets. */
function upstream(answer: (request: Request) => Response | Promise<Response> = () => new Response("ok")) {
  const seen: Request[] = [];
  return {
    seen,
    fetch: async (request: Request): Promise<Response> => {
      seen.push(request);
      return await answer(request);
    },
  };
}

const TO = "https://projects.internal.example/v1";
const ROUTE = { prefix: "/api/projects", to: TO, credentials: "access-token" } as const satisfies ProxyRoute;
const api = (path = "/api/projects/7", init: RequestInit = {}): Request =>
  new Request(`https://app.example${path}`, init);
const OWN_PAGE = { Cookie: "__Host-session=es1.x", "Sec-Fetch-Site": "same-origin" };

async function through(
  request: Request,
  route: Partial<ProxyRoute> = {},
  answer?: Parameters<typeof upstream>[0],
  auth: ProxyVisitor = ada,
) {
  const origin = upstream(answer);
  const events: AuditEvent[] = [];
  const audit = { send: async (event: AuditEvent) => events.push(event) };
  // As: a part of a route of either kind.
  const proxy = createProxy({ routes: [{ ...ROUTE, ...route } as ProxyRoute], fetch: origin.fetch, audit });
  const response = await proxy.forward(request, auth);
  return { response, seen: origin.seen, events: events.map(({ type, reason }) => [type, reason]) };
}

/** Status and body of a refusal, number of upstream calls, events. */
async function refusal(...given: Parameters<typeof through>) {
  const { response, seen, events } = await through(...given);
  return [response?.status, await response?.text(), seen.length, events];
}

describe("what an upstream is sent", () => {
  test("TH-10 PX-05 no cookie of ours or of the app, only those that are named", async () => {
    const headers = { ...OWN_PAGE, Cookie: "__Host-session=es1.x; lang=de; theme=dark; __Host-edgeseal-flow-1=y" };
    expect((await through(api(undefined, { headers }))).seen[0]?.headers.has("Cookie")).toBe(false);
    const named = await through(api(undefined, { headers }), { cookies: ["lang"] });
    expect(named.seen[0]?.headers.get("Cookie")).toBe("lang=de");
  });

  test("TH-01 TH-02 TH-05 nothing a client says of who it is, where it comes from and what it wants rewritten", async () => {
    const claims = {
      "X-User-ID": "forged",
      X_Tenant_ID: "forged",
      "Edgeseal-Identity": "forged",
      Authorization: "Bearer forged",
      "X-Forwarded-For": "forged",
      "X-Forwarded-Uri": "/forged",
      X_Forwarded_Host: "forged",
      "X.Forwarded.Proto": "forged",
      Forwarded: "for=forged",
      "X-Original-URL": "/forged",
      "X-Rewrite-URL": "/forged",
      "X-Real-IP": "forged",
      "X-Forwarded": "forged",
      "True-Client-IP": "forged",
      "X-Client-IP": "forged",
      X_Cluster_Client_IP: "forged",
      "X-HTTP-Method-Override": "forged",
      "X-HTTP-Method": "forged",
      X_Method_Override: "forged",
    };
    for (const credentials of ["access-token", "none"] as const) {
      const { seen } = await through(api(undefined, { headers: claims }), { credentials });
      const headers = Object.fromEntries(seen[0]?.headers ?? []);
      expect(Object.values(headers).join()).not.toContain("forged");
      expect(headers).toMatchObject({ "x-forwarded-host": "app.example", "x-forwarded-proto": "https" });
      expect(headers.authorization).toBe(credentials === "none" ? undefined : `Bearer ${TOKEN}`);
    }
  });

  test("PX-07 nothing that was meant for us alone, nor what Connection names; never our own headers", async () => {
    const request = api(undefined, { headers: { "X-Hop": "1", "Keep-Alive": "5", TE: "trailers", "X-End": "1" } });
    request.headers.set("Connection", "X-Hop, Authorization, X-Forwarded-Host, b@d");
    request.headers.set("Upgrade", "h2c");
    const { seen } = await through(request);
    const names = [...(seen[0]?.headers.keys() ?? [])];
    for (const name of ["connection", "keep-alive", "te", "upgrade", "x-hop"]) expect(names).not.toContain(name);
    for (const name of ["authorization", "x-forwarded-host", "x-end"]) expect(names).toContain(name);
  });

  test("PX-02 the path in its one form, the query as it came, nothing else of the address", async () => {
    const { seen } = await through(api("/api/projects/%7E7/?q=%2F..%2F&a=1"));
    expect([seen[0]?.url, seen[0]?.method, seen[0]?.redirect]).toEqual([`${TO}/~7/?q=%2F..%2F&a=1`, "GET", "manual"]);
  });

  test("method and body, as a stream that nobody reads on the way", async () => {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    const body = { body: readable, duplex: "half", method: "POST", headers: OWN_PAGE } as RequestInit;
    const answered = through(api("/api/projects", body), {}, async (request) => {
      const reader = request.body?.getReader();
      const { value } = (await reader?.read()) ?? {};
      return new Response(value);
    });
    // The upstream answers while the client is still sending.
    await writer.write(new TextEncoder().encode("first"));
    const { response, seen } = await answered;
    expect([seen[0]?.method, await response?.text()]).toEqual(["POST", "first"]);
    writer.abort().catch(() => undefined);
  });

  test("gzip is asked for where the runtime decodes it, and the client's own wish goes to a binding", async () => {
    const headers = { "Accept-Encoding": "zstd" };
    const { seen } = await through(api(undefined, { headers }));
    expect(seen[0]?.headers.get("Accept-Encoding")).toBe("gzip");
    const part = await through(api(undefined, { headers: { Range: "bytes=0-1" } }));
    expect(part.seen[0]?.headers.get("Accept-Encoding")).toBe("identity");
    const bound = upstream();
    await createProxy({ routes: [{ ...ROUTE, through: bound }] }).forward(api(undefined, { headers }), ada);
    expect(bound.seen[0]?.headers.get("Accept-Encoding")).toBe("zstd");
  });

  test("a signed identity that the service behind believes, and no token", async () => {
    const { signingKey, keys } = await generateIdentityKeys();
    const identity = createIdentityForwarder({ signingKey, issuer: "https://app.example" });
    const verifier = createIdentityVerifier({ issuer: "https://app.example", audience: "projects", keys });
    const service = upstream(async (request) => {
      const check = await verifier.verify(request);
      return check.ok ? Response.json({ user: check.identity?.userId ?? null, path: request.url }) : check.deny();
    });
    const route = { prefix: "/api", to: "https://projects/", through: service, access: "public" } as const;
    const proxy = createProxy({ identity, routes: [{ ...route, credentials: "identity", audience: "projects" }] });
    const answers = [];
    for (const auth of [ada, anonymous, unavailable]) {
      answers.push(await (await proxy.forward(api("/api/x", { headers: OWN_PAGE }), auth))?.json());
    }
    expect(answers.map(({ user }) => user)).toEqual(["user_ada", null, null]);
    expect(answers[0].path).toBe("https://projects/x");
    expect(service.seen.some(({ headers }) => headers.has("Authorization") || headers.has("Cookie"))).toBe(false);
  });
});

describe("what is refused before anybody is called", () => {
  test.each(["//x", "/..%2fadmin", "/%2e%2e/admin", "/a;b", "/%00", "/a%5cb"])(
    "PX-02 400 for /api/projects%s",
    async (path) => {
      const request = { url: `https://app.example/api/projects${path}`, signal: new AbortController().signal };
      // As: on workerd a request's URL is the text that came over the wire, which `new Request` would tidy up.
      expect(await refusal(request as Request)).toEqual([
        400,
        '{"error":"ambiguous_path"}',
        0,
        [["ambiguous_path", "/api/projects"]],
      ]);
    },
  );

  test("whoever is not signed in gets the visitor's own answer, also for what does not exist", async () => {
    expect(await refusal(api(), { paths: ["/api/projects"] }, undefined, anonymous)).toEqual([
      401,
      '{"error":"anonymous"}',
      0,
      [],
    ]);
    expect(await refusal(api(), {}, undefined, unavailable)).toEqual([503, '{"error":"unavailable"}', 0, []]);
  });

  test("404 for a path that is not on the list", async () => {
    expect(await refusal(api("/api/projects/7/secret"), { paths: ["/api/projects", "/api/projects/7"] })).toEqual([
      404,
      '{"error":"not_found"}',
      0,
      [["not_found", "/api/projects"]],
    ]);
  });

  test("405 and Allow for a method that is not on the list, whatever a header says", async () => {
    const request = api(undefined, { method: "DELETE", headers: { ...OWN_PAGE, "X-HTTP-Method-Override": "GET" } });
    const { response, seen } = await through(request, { methods: ["GET"] });
    expect([response?.status, response?.headers.get("Allow"), seen.length]).toEqual([405, "GET, HEAD", 0]);
    const options = await through(api(undefined, { method: "OPTIONS" }));
    expect([options.response?.status, options.seen.length]).toEqual([405, 0]);
  });

  test.each<[string, RequestInit]>([
    ["a form of another site", { method: "POST", headers: { Cookie: "a=b", "Sec-Fetch-Site": "cross-site" } }],
    ["a sibling domain", { method: "PUT", headers: { Cookie: "a=b", Origin: "https://other.example" } }],
    ["nobody knows where", { method: "DELETE", headers: { Cookie: "a=b" } }],
    ["a socket of another site", { headers: { Cookie: "a=b", Upgrade: "websocket", Origin: "https://evil.example" } }],
  ])("CS-01 CS-04 CS-10 403 for %s: the cookie would become a token", async (_, init) => {
    const { headers, ...rest } = init;
    const request = api(undefined, rest);
    for (const [name, value] of Object.entries(headers ?? {})) request.headers.set(name, value);
    expect(await refusal(request)).toEqual([403, '{"error":"csrf"}', 0, [["csrf", "/api/projects"]]]);
  });

  test("pages of allowed origins may, and so may anybody where nothing is attached", async () => {
    const headers = { Cookie: "a=b", Origin: "https://admin.example.com", "Sec-Fetch-Site": "cross-site" };
    const origins = createOrigins({ allow: ["https://admin.example.com"] });
    const allowed = createProxy({ routes: [ROUTE], origins, fetch: upstream().fetch });
    expect((await allowed.forward(api(undefined, { method: "POST", headers }), ada))?.status).toBe(200);
    const { response } = await through(api(undefined, { method: "POST", headers }), { credentials: "none" });
    expect(response?.status).toBe(200);
  });

  test("null for a path of no route: it is the app's", async () => {
    for (const path of ["/", "/api/projectsX", "/API/projects/7", "/other//x"]) {
      const { response, seen } = await through(api(path));
      expect([response, seen.length]).toEqual([null, 0]);
    }
  });
});

describe("what comes back", () => {
  test("PX-06 nothing that would speak for our host: cookies, CORS, our headers, its transport", async () => {
    const answer = (): Response => {
      const headers = new Headers({
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Credentials": "true",
        "Strict-Transport-Security": "max-age=0",
        "Clear-Site-Data": '"cookies"',
        "Alt-Svc": "h3",
        // Where browsers report every URL of this host to, codes of sign-ins included.
        NEL: '{"report_to":"them","max_age":31536000}',
        "Report-To": '{"group":"them","max_age":31536000,"endpoints":[{"url":"https://reports.example"}]}',
        "Accept-CH": "Sec-CH-UA-Model",
        "Critical-CH": "Sec-CH-UA-Model",
        "Service-Worker-Allowed": "/",
        "Set-Login": "logged-out",
        "Secure-Session-Registration": '(ES256);path="/take"',
        "Sec-Session-Registration": '(ES256);path="/take"',
        "X-User-ID": "user_ada",
        "Edgeseal-Identity": "secret",
        "Content-Location": "https://projects.internal.example/v1/7",
        ETag: '"1"',
      });
      headers.append("Set-Cookie", "__Host-session=planted; Secure; Path=/");
      headers.append("Set-Cookie", "lang=de; Path=/");
      headers.append("Set-Cookie", "tracker=1");
      return new Response("ok", { headers });
    };
    const { response } = await through(api(), {}, answer);
    expect(Object.fromEntries(response?.headers ?? [])).toEqual({
      "cache-control": "private, no-store",
      "content-type": "text/plain;charset=UTF-8",
      etag: '"1"',
    });
    const open = await through(api(), { cookies: ["lang"], accessControl: true }, answer);
    expect(open.response?.headers.getSetCookie()).toEqual(["lang=de; Path=/"]);
    expect(open.response?.headers.get("Access-Control-Allow-Origin")).toBe("*");
  });

  test("PX-07 hop-by-hop headers end here", async () => {
    const { response } = await through(api(), {}, () => {
      const headers = {
        "X-Hop": "1",
        Connection: "X-Hop",
        "Keep-Alive": "5",
        Upgrade: "h2c",
        Trailer: "x",
        "X-End": "1",
      };
      return new Response("ok", { headers });
    });
    const names = [...(response?.headers.keys() ?? [])];
    expect(names.filter((name) => /^(?:x-hop|connection|keep-alive|upgrade|trailer)$/.test(name))).toEqual([]);
    expect(names).toContain("x-end");
  });

  test("PX-03 redirects are not followed: within the upstream they become ours, into its network they are a 502", async () => {
    const to =
      (location: string, status = 302) =>
      (): Response =>
        new Response(null, { status, headers: { Location: location } });
    const shown = async (answer: () => Response) => {
      const { response, seen } = await through(api(), {}, answer);
      return [response?.status, response?.headers.get("Location"), seen.length];
    };
    expect(await shown(to(`${TO}/8?x=1`))).toEqual([302, "/api/projects/8?x=1", 1]);
    expect(await shown(to("https://files.example/7"))).toEqual([302, "https://files.example/7", 1]);
    expect(await shown(to("https://projects.internal.example/admin"))).toEqual([502, null, 1]);
    const dropped = new Response("moved", { status: 307, headers: { Location: "/admin" } });
    expect(await shown(() => dropped)).toEqual([502, null, 1]);
    expect(await shown(to("/v1/9", 201))).toEqual([201, "/api/projects/9", 1]);
    expect(await shown(to("/admin", 201))).toEqual([201, null, 1]);
  });

  test.each([204, 205, 304, 404, 500])("status %i is passed on", async (status) => {
    const body = status < 400 ? null : "why";
    const { response, events } = await through(api(), {}, () => new Response(body, { status }));
    expect([response?.status, await response?.text(), events]).toEqual([status, body ?? "", []]);
  });

  test("PX-08 the body streams, and a visitor who leaves ends the upstream's", async () => {
    let cancelled = false;
    let pulled = 0;
    const endless = (): Response =>
      new Response(
        new ReadableStream({
          pull(controller) {
            pulled += 1;
            controller.enqueue(new Uint8Array(1_024));
          },
          cancel() {
            cancelled = true;
          },
        }),
      );
    const { response } = await through(api(), {}, endless);
    const reader = response?.body?.getReader();
    expect((await reader?.read())?.value?.length).toBe(1_024);
    await reader?.cancel();
    expect(cancelled).toBe(true);
    expect(pulled).toBeLessThan(10);
  });

  test("what the runtime has decoded is no longer called encoded; what a binding sent is", async () => {
    const gzip = (): Response => new Response("x", { headers: { "Content-Encoding": "gzip", "Content-Length": "9" } });
    const { response } = await through(api(), {}, gzip);
    expect([response?.headers.get("Content-Encoding"), response?.headers.get("Content-Length")]).toEqual([null, null]);
    const zstd = await through(api(), {}, () => new Response("x", { headers: { "Content-Encoding": "zstd" } }));
    expect(zstd.response?.headers.get("Content-Encoding")).toBe("zstd");
  });

  test.runIf("WebSocketPair" in globalThis)("a WebSocket passes, with both its ends", async () => {
    const request = api(undefined, { headers: { ...OWN_PAGE, Upgrade: "websocket" } });
    const { response, seen } = await through(request, {}, () => {
      // As: Workers' own, which the types of a page do not know.
      const Pair = Reflect.get(globalThis, "WebSocketPair") as new () => Record<
        "0" | "1",
        WebSocket & { accept(): void }
      >;
      const { 0: client, 1: server } = new Pair();
      server.accept();
      server.addEventListener("message", ({ data }) => server.send(`echo ${data}`));
      return new Response(null, { status: 101, webSocket: client } as ResponseInit);
    });
    expect([response?.status, seen[0]?.headers.get("Upgrade")]).toEqual([101, "websocket"]);
    expect(seen[0]?.headers.get("Authorization")).toBe(`Bearer ${TOKEN}`);
    const socket = Reflect.get(response ?? {}, "webSocket") as WebSocket & { accept(): void };
    const heard = new Promise((resolve) => socket.addEventListener("message", ({ data }) => resolve(data)));
    socket.accept();
    socket.send("hello");
    expect(await heard).toBe("echo hello");
    socket.close();
  });
});

describe("an upstream that fails", () => {
  test("502 when it cannot be reached, and nothing of it is told", async () => {
    const failed = (): Response => {
      throw new TypeError("connect ECONNREFUSED projects.internal.example");
    };
    expect(await refusal(api(), {}, failed)).toEqual([
      502,
      '{"error":"bad_gateway"}',
      1,
      [["bad_gateway", "/api/projects"]],
    ]);
  });

  test("504 when its headers do not come in time; the call is ended, and what comes later is closed", async () => {
    const { answer, outcome } = lateUpstream();
    expect(await refusal(api(), { deadlineSeconds: 1 }, answer)).toEqual([
      504,
      '{"error":"gateway_timeout"}',
      1,
      [["gateway_timeout", "/api/projects"]],
    ]);
    expect(await outcome()).toEqual({ ended: true, closed: true });
  });

  test("PX-08 a client that leaves ends the call, and that is no failure of the upstream", async () => {
    const { signal, answer } = leavingClient();
    const { events, seen } = await through(api(undefined, { signal }), {}, answer);
    expect([seen[0]?.signal.aborted, events]).toEqual([true, []]);
  });
});

describe("TH-14 two people at once", () => {
  test("TH-14 neither's token or answer reaches the other, over 2,000 requests", async () => {
    const people = ["a", "b"].map((name): ProxyVisitor => ({ ...ada, accessToken: `token-${name}` }) as ProxyVisitor);
    const origin = upstream(async (request) => {
      await Promise.resolve();
      return new Response(request.headers.get("Authorization"));
    });
    const proxy = createProxy({ routes: [ROUTE], fetch: origin.fetch });
    const told = await Promise.all(
      Array.from({ length: 2_000 }, async (_, at) => (await proxy.forward(api(), people[at % 2] ?? ada))?.text()),
    );
    expect(told.every((text, at) => text === `Bearer token-${"ab"[at % 2]}`)).toBe(true);
  });
});

describe("CK-15 the platform's own cache between us and an upstream", () => {
  async function cacheOf(route: Partial<ProxyRoute>): Promise<string | undefined> {
    const { signingKey } = await generateIdentityKeys();
    const identity = createIdentityForwarder({ signingKey, issuer: "https://app.example" });
    const origin = upstream();
    const routes = [{ prefix: "/api", to: TO, access: "public", ...route }] as [ProxyRoute];
    const headers = { ...OWN_PAGE, Cookie: "lang=de; __Host-session=es1.x" };
    await createProxy({ routes, identity, fetch: origin.fetch }).forward(api("/api/invoice.pdf", { headers }), ada);
    return origin.seen[0]?.cache;
  }

  test.each<[string, Partial<ProxyRoute>]>([
    ["a token", { credentials: "access-token" }],
    ["an identity", { credentials: "identity", audience: "projects" }],
    ["a cookie", { cookies: ["lang"] }],
  ])("CK-15 neither answers nor keeps what goes up with %s, whatever its URL looks like", async (_, route) => {
    expect(await cacheOf(route)).toBe("no-store");
  });

  test("does what it likes with what is the same for everybody", async () => {
    expect(await cacheOf({})).not.toBe("no-store");
  });
});

describe("an identity that cannot be signed", () => {
  test("TH-09 is an outage of ours: 503 with the renewed session, told once, and no call", async () => {
    const { signingKey } = await generateIdentityKeys();
    const identity = createIdentityForwarder({ signingKey, issuer: "https://app.example" });
    const origin = upstream();
    const events: string[] = [];
    const audit = { send: async ({ type }: AuditEvent) => events.push(type) };
    const route = { prefix: "/api", to: TO, credentials: "identity", audience: "projects" } as const;
    const proxy = createProxy({ routes: [route], identity, fetch: origin.fetch, audit });
    const sign = vi.spyOn(crypto.subtle, "sign").mockRejectedValue(new Error("OperationError"));
    try {
      const answer = await proxy.forward(api(), ada);
      expect([answer?.status, await answer?.json()]).toEqual([503, { error: "unavailable" }]);
      expect(answer?.headers.get("Retry-After")).toBe("5");
      expect(answer?.headers.get("Cache-Control")).toBe("private, no-store");
      expect([events, origin.seen.length]).toEqual([["crypto_failure"], 0]);
    } finally {
      sign.mockRestore();
    }
  });
});

describe("configuration", () => {
  /** As: what JavaScript passes has no types. */
  const refused = (options: unknown) => problemsOf(() => createProxy(options as ProxyOptions));

  test("every problem of every route at once, and no URL", () => {
    const problems = refused({
      routes: [
        {
          prefix: "/api/",
          to: "http://projects.example/v1",
          methods: ["get"],
          access: "all",
          deadlineSeconds: 0,
          x: 1,
        },
        { prefix: "/a", to: "https://user:secret@projects.example", paths: ["/b", "/a//x"], credentials: "token" },
        {
          prefix: "/a",
          to: "https://p.example/?x",
          credentials: "identity",
          cookies: ["__Host-session.0"],
          through: {},
        },
        { prefix: "/c", to: "https://p.example/%2e/x", audience: "x", accessControl: 1, methods: ["TRACE"] },
        null,
      ],
      origins: {},
      audit: {},
      cookieName: "",
      fetch: 1,
      follow: true,
    });
    const route = "`routes[0]` has no option `x`; it has prefix, to, through, paths, methods, access, deadlineSeconds";
    expect(problems).toEqual([
      "`createProxy` has no option `follow`; it has routes, identity, cookieName, origins, fetch, audit, now.",
      `${route}, credentials, audience, cookies, accessControl.`,
      "`routes[0].prefix` must be a path such as `/api/projects`, without `*` and slash at its end.",
      "`routes[0].to` must be an https URL (http on a loopback host, or through a binding), without query and password.",
      "`routes[0].methods` must be a list of methods in capitals; CONNECT and TRACE are never passed on.",
      '`routes[0].access` must be "session" or "public".',
      "`routes[0].deadlineSeconds` must be whole seconds from 1 to 3600.",
      '`routes[1].paths` names "/b", which is not below the prefix.',
      '`routes[1].paths`: The path pattern "/a//x" is ambiguous and never matches.',
      "`routes[1].to` must be an https URL (http on a loopback host, or through a binding), without query and password.",
      '`routes[1].credentials` must be "access-token", "identity" or "none".',
      "`routes[2].to` must be an https URL (http on a loopback host, or through a binding), without query and password.",
      "`routes[2].through` must be a service binding: it has no `fetch`.",
      "`identity` is missing: `routes[2]` asks for it.",
      "`routes[2].audience` must name the service: 1 to 256 printable characters.",
      "`routes[2].cookies` must be a list of cookie names, none of them of a session or sign-in of ours.",
      "`routes[3].to` must be an https URL (http on a loopback host, or through a binding), without query and password.",
      "`routes[3].methods` must be a list of methods in capitals; CONNECT and TRACE are never passed on.",
      '`routes[3].audience` is for `credentials: "identity"` alone.',
      "`routes[3].accessControl` must be true or false.",
      "`routes[4]` must be an object such as `{ prefix, to }`.",
      'Two routes have the prefix "/a".',
      "`origins` must come from `createOrigins`.",
      "`audit` must be a Queue or `{ send(event) }`, or a list of them.",
      "`cookieName` must be the name of the session's cookie, or a list of names.",
      "`fetch` must be a function, or left out.",
    ]);
    expect(problems.join()).not.toContain("secret");
  });

  test.each([[undefined], [{}], [{ routes: [] }]])("%j has no route", (options) => {
    expect(refused(options)).toHaveLength(1);
  });

  test("http is for a loopback host or a binding", () => {
    expect(refused({ routes: [{ prefix: "/a", to: "http://localhost:3000" }] })).toEqual([]);
    expect(refused({ routes: [{ prefix: "/a", to: "http://projects", through: upstream() }] })).toEqual([]);
  });
});
