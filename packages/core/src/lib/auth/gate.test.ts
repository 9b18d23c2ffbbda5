import { describe, expect, it } from "vitest";
import { answerContext } from "../../../test/visitor.js";
import type { AuditFact, RateLimiter } from "../base/ports.js";
import { createCors } from "../policy/cors.js";
import { createCsrf } from "../policy/csrf.js";
import { createOrigins } from "../policy/origins.js";
import { createRateLimit } from "../policy/rate-limit.js";
import { createSecurityHeaders } from "../policy/security-headers.js";
import { anonymous } from "../session/visitor-states.js";
import { createGate } from "./gate.js";
import { createMeet, type MeetOptions } from "./meet.js";
import { type Policies, policyProblems } from "./policies.js";

const ORIGIN = "https://www.example.com";
const origins = createOrigins({ allow: [ORIGIN] });

/** Everything around a visitor who has no session, and in which order it was asked. */
function stage(policies: Policies) {
  const events: AuditFact[] = [];
  const asked: string[] = [];
  const emit = (fact: AuditFact) => void events.push(fact);
  const meet = createMeet({
    emit,
    gate: createGate({
      policies,
      cookieNames: ["__Host-session", "session"],
      emit,
      routePrefix: "/auth",
      clientAddress: (request) => {
        const address = request.headers.get("X-Test-Address") ?? "";
        if (address === "throws") throw new TypeError("no such header");
        return address === "null" ? (null as unknown as string) : address;
      },
    }),
    async answerOwn(_request, path) {
      asked.push("route");
      return path === "/auth/me" ? new Response("own") : null;
    },
    async validateRequest(request) {
      asked.push("session");
      return anonymous(answerContext(request), "no_credential");
    },
  });
  return {
    asked,
    types: () => events.map(({ type }) => type),
    /** What a whole app would answer. */
    async visit(path: string, init: RequestInit = {}, options: MeetOptions = {}) {
      const met = await meet(new Request(`https://app.example.com${path}`, init), options);
      if ("answer" in met) return met.answer;
      asked.push("app");
      return met.finish(new Response("app", { headers: { "Cache-Control": "public" } }));
    },
  };
}

const limiter = (allowed: number): RateLimiter => {
  const counts = new Map<string, number>();
  return {
    async limit({ key }) {
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      return { success: count <= allowed, retryAfterSeconds: 7 };
    },
  };
};

const rateLimit = (allowed: number, whenDown: "open" | "closed" = "open") =>
  createRateLimit({
    rules: { "/auth/*": { limiter: limiter(allowed), whenDown }, "/api/*": { limiter: limiter(allowed), whenDown } },
  });

const COOKIE = { Cookie: "__Host-session=es1.x" };
const CROSS = { ...COOKIE, Origin: "https://evil.example", "Sec-Fetch-Site": "cross-site" };

describe("what stands in front of an app", () => {
  it("CS-01 AU-06 a forged call is refused before anybody looks at its session, and told once", async () => {
    const { visit, asked, types } = stage({ csrf: createCsrf() });
    const answer = await visit("/api/x", { method: "POST", headers: CROSS });
    expect([answer.status, await answer.json()]).toEqual([403, { error: "csrf" }]);
    expect(asked).toEqual(["route"]);
    expect(types()).toEqual(["csrf"]);
  });

  it("CS-10 a handshake of another origin with the cookie is refused", async () => {
    const { visit, types } = stage({ csrf: createCsrf() });
    const answer = await visit("/live", { headers: { ...CROSS, Upgrade: "websocket" } });
    expect(answer.status).toBe(403);
    expect(types()).toEqual(["csrf"]);
  });

  it.each([
    ["a part of the cookie", "a=b; __Host-session.0=1.abcdef.x", 403],
    ["the cookie of an older layout", "a=b; session=x", 403],
    ["no cookie of a session", "a=__Host-session; x__Host-session=1", 200],
  ])("CS-01 a forged call with %s", async (_what, Cookie, status) => {
    const { visit } = stage({ csrf: createCsrf() });
    expect((await visit("/api/x", { method: "POST", headers: { ...CROSS, Cookie } })).status).toBe(status);
  });

  it("RL-01 AU-06 whoever asks too often is told when to come back, before a route or a session is looked at", async () => {
    const { visit, asked, types } = stage({ rateLimit: rateLimit(1), cors: createCors({ origins }) });
    const headers = { Origin: ORIGIN, "X-Test-Address": "192.0.2.1" };
    expect((await visit("/auth/me", { headers })).status).toBe(200);
    asked.length = 0;
    const answer = await visit("/auth/me", { headers });
    expect([answer.status, answer.headers.get("Retry-After")]).toEqual([429, "7"]);
    expect(answer.headers.get("Access-Control-Allow-Origin")).toBe(ORIGIN);
    expect(asked).toEqual([]);
    expect(types()).toEqual(["rate_limited"]);
  });

  it("RL-08 TH-06 no other spelling of a path goes uncounted, nor where every path is public", async () => {
    const { visit, asked, types } = stage({ rateLimit: rateLimit(1) });
    for (const path of ["/api//x", "/api/x;a=b", "/api%2fx", "/api/%252e"]) {
      const answer = await visit(path, {}, { anyPath: true });
      expect([answer.status, await answer.json()]).toEqual([400, { error: "ambiguous_path" }]);
    }
    expect(asked).toEqual([]);
    expect(new Set(types())).toEqual(new Set(["ambiguous_path"]));
    const rules = { "/auth/*": { limiter: limiter(1), whenDown: "open" } } as const;
    const ours = stage({ csrf: createCsrf(), rateLimit: createRateLimit({ rules }) });
    expect((await ours.visit("/a//b", {}, { anyPath: true })).status).toBe(200);
  });

  it("RL-04 an address that cannot be read is none, and no fault", async () => {
    for (const given of ["throws", "null"]) {
      const { visit, types } = stage({ rateLimit: rateLimit(1) });
      expect((await visit("/api/x", { headers: { "X-Test-Address": given } })).status).toBe(200);
      expect(types()).toEqual(["no_client_address"]);
    }
  });

  it("RL-04 who comes without an address is counted, and told of", async () => {
    const { visit, types } = stage({ rateLimit: rateLimit(1) });
    expect((await visit("/api/x")).status).toBe(200);
    expect((await visit("/api/x")).status).toBe(429);
    expect(types()).toEqual(["no_client_address", "no_client_address", "rate_limited"]);
  });

  it("RL-06 a limiter that is down lets pass or answers 503, as its rule says, and is told of", async () => {
    const broken: RateLimiter = { limit: () => Promise.reject(new Error("storage")) };
    for (const [whenDown, status] of [
      ["open", 200],
      ["closed", 503],
    ] as const) {
      const rules = { "/api/*": { limiter: broken, whenDown } };
      const { visit, types } = stage({ rateLimit: createRateLimit({ rules }) });
      const answer = await visit("/api/x", { headers: { "X-Test-Address": "192.0.2.1" } });
      expect(answer.status).toBe(status);
      expect(types()).toEqual(["limiter_unreachable"]);
    }
  });

  it("CS-12 AU-06 an origin that is not allowed reads nothing, and is told of once", async () => {
    const { visit, types } = stage({ cors: createCors({ origins }) });
    const answer = await visit("/api/x", { headers: { Origin: "https://www.example.com.evil.example" } });
    expect(answer.headers.get("Access-Control-Allow-Origin")).toBeNull();
    expect(answer.headers.get("Vary")).toContain("Origin");
    expect(types()).toEqual(["origin_rejected"]);
  });

  it("CS-16 a preflight is answered first: nothing is counted, nobody is asked who they are", async () => {
    const { visit, asked, types } = stage({
      cors: createCors({ origins }),
      rateLimit: rateLimit(0),
      csrf: createCsrf(),
    });
    const headers = { Origin: ORIGIN, "Access-Control-Request-Method": "PUT" };
    const answer = await visit("/api/x", { method: "OPTIONS", headers });
    expect([answer.status, answer.headers.get("Access-Control-Allow-Origin")]).toEqual([204, ORIGIN]);
    expect(answer.headers.get("Access-Control-Allow-Methods")).toContain("PUT");
    expect([asked, types()]).toEqual([[], []]);
  });

  it("an ambiguous path is 400 that an allowed origin may read", async () => {
    const { visit } = stage({ cors: createCors({ origins }) });
    const answer = await visit("/a%2fb", { headers: { Origin: ORIGIN } });
    expect([answer.status, answer.headers.get("Access-Control-Allow-Origin")]).toEqual([400, ORIGIN]);
  });
});

describe("what goes onto an answer", () => {
  it("the app's carries the headers of all policies, and no shared cache keeps it", async () => {
    const { visit, asked } = stage({
      csrf: createCsrf(),
      cors: createCors({ origins }),
      securityHeaders: createSecurityHeaders(),
      rateLimit: rateLimit(5),
    });
    const answer = await visit("/api/x", { headers: { ...COOKIE, Origin: ORIGIN, "X-Requested-With": "fetch" } });
    expect([answer.status, await answer.text()]).toEqual([200, "app"]);
    expect(asked).toEqual(["route", "session", "app"]);
    expect(answer.headers.get("Access-Control-Allow-Origin")).toBe(ORIGIN);
    expect(answer.headers.get("Content-Security-Policy")).toContain("default-src 'none'");
    expect(answer.headers.get("Cache-Control")).toBe("private, no-store");
    expect(answer.headers.get("Vary")).toBe("Cookie, Origin");
  });

  it("ours are not subject to the app's wall: they have one of their own", async () => {
    const { visit } = stage({ csrf: createCsrf(), securityHeaders: createSecurityHeaders() });
    const answer = await visit("/auth/me", { headers: COOKIE });
    expect([answer.status, await answer.text()]).toEqual([200, "own"]);
  });

  it("is left alone without policies", async () => {
    const { visit } = stage({});
    const answer = await visit("/x", { method: "POST", headers: CROSS });
    expect(Object.fromEntries(answer.headers)).toEqual({
      "cache-control": "private, no-store",
      "content-type": "text/plain;charset=UTF-8",
      vary: "Cookie",
    });
  });
});

describe("CF-01 the option `policies`", () => {
  it("names everything that is no policy", () => {
    expect(policyProblems({ csrf: {}, cor: 1, cors: null, rateLimit: { check: () => null } })).toEqual([
      expect.stringMatching(/`policies.csrf` must come from `createCsrf`/),
      expect.stringMatching(/no `cor`/),
      expect.stringMatching(/`policies.cors` must come from `createCors`/),
      expect.stringMatching(/`policies.rateLimit` must come from `createRateLimit`/),
    ]);
    expect(policyProblems([])).toHaveLength(1);
    expect(policyProblems({ csrf: createCsrf(), cors: undefined })).toEqual([]);
  });
});
