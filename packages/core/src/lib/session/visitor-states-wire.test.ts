import { describe, expect, test } from "vitest";
import { CLEARED, copyOf } from "../../../test/browser.js";
import { createWorld } from "../../../test/world.js";
import type { AnonymousReason } from "../base/failure.js";
import { createSecurityHeaders } from "../policy/security-headers.js";
import type { Authenticated } from "./request-auth.js";
import { anonymous, unavailable } from "./visitor-states.js";

const REASONS = {
  no_credential: 0,
  ambiguous_credential: 0,
  unknown_api_key: 0,
  caller_not_enabled: 0,
  ambiguous_cookie: 0,
  bad_chunks: 0,
  malformed: 0,
  unknown_key: 0,
  key_retired: 0,
  key_revoked: 0,
  tampered: 0,
  expired: 0,
  token_malformed: 0,
  alg_not_allowed: 0,
  key_not_found: 0,
  signature_invalid: 0,
  token_expired: 0,
  token_not_yet_valid: 0,
  issuer_mismatch: 0,
  recipient_mismatch: 0,
  session_over: 0,
  stale: 0,
  refresh_lost: 0,
  revoked: 0,
  refresh_needed: 0,
} satisfies Record<AnonymousReason, 0>;

async function bytesOf(response: Response): Promise<string> {
  return JSON.stringify([response.status, [...response.headers], await response.text()]);
}

async function signedIn(): Promise<Authenticated> {
  const world = await createWorld();
  const isolate = world.isolate();
  const auth = await isolate.visit(await world.signIn(isolate, { organizationId: "org_01", role: "admin" }));
  if (auth.state !== "authenticated") throw new Error(auth.state);
  return auth;
}

describe("refusals", () => {
  test.each([
    ["a program", { headers: {} }, 401],
    ["a navigation", { headers: { "Sec-Fetch-Mode": "navigate" } }, 302],
  ])("CR-19 are the same bytes for every reason, to %s", async (_, init, status) => {
    const request = new Request("https://app.example.com/a?b=c", init);
    const context = { request, loginPath: "/auth/login", cookies: [], sessionRead: true };
    const seen = new Set<string>();
    for (const reason of Object.keys(REASONS) as AnonymousReason[]) {
      for (const sessionRead of [true, false]) {
        seen.add(await bytesOf(anonymous({ ...context, sessionRead }, reason).deny()));
      }
    }
    expect(seen.size).toBe(1);
    const answer = anonymous(context, "tampered").deny();
    expect(answer.status).toBe(status);
    expect(answer.headers.get("Cache-Control")).toBe("private, no-store");
    expect(answer.headers.getSetCookie()).toEqual([]);
    if (status === 302) expect(answer.headers.get("Location")).toBe("/auth/login?returnTo=%2Fa%3Fb%3Dc");
    else expect(await answer.json()).toEqual({ error: "unauthenticated", loginUrl: "/auth/login" });
  });

  test("CK-15 an answer that a handler keeps for all its visitors takes on the cookie of none, whoever copied it", () => {
    const kept = createSecurityHeaders().apply(new Response(null, { status: 204 }));
    const visitor = (name: string, cookies: readonly string[]) => {
      const request = new Request(`https://app.example.com/${name}`);
      return anonymous(
        { request, loginPath: "/auth/login", cookies, sessionRead: cookies.length > 0 },
        "no_credential",
      );
    };
    const mine = visitor("a", ["__Host-session=mine; Path=/; Secure; HttpOnly"]).apply(kept);
    const theirs = visitor("b", []).apply(kept);
    expect(mine.headers.getSetCookie()).toEqual(["__Host-session=mine; Path=/; Secure; HttpOnly"]);
    expect([...theirs.headers.keys()].filter((name) => /cookie|cache/.test(name))).toEqual([]);
    expect(kept.headers.has("Set-Cookie")).toBe(false);
  });

  test("an outage is 503 with whole seconds, at least one", async () => {
    const request = new Request("https://app.example.com/");
    const context = { request, loginPath: "/auth/login", cookies: [CLEARED], sessionRead: true };
    for (const [seconds, header] of [
      [-3, "1"],
      [0.2, "1"],
      [7.1, "8"],
    ] as const) {
      const answer = unavailable(context, "provider_unreachable", seconds).deny();
      expect(answer.status).toBe(503);
      expect(answer.headers.get("Retry-After")).toBe(header);
      expect(answer.headers.getSetCookie()).toEqual([CLEARED]);
      expect(await answer.json()).toEqual({ error: "unavailable" });
    }
  });
});

describe("apply", () => {
  const RENEWED = "__Host-session=new; Path=/";

  function applied(response: Response, cookies: readonly string[] = [RENEWED], sessionRead = true): Response {
    const request = new Request("https://app.example.com/");
    return anonymous({ request, loginPath: "/auth/login", cookies, sessionRead }, "stale").apply(response);
  }

  test.each([
    ["a redirect, which is immutable", () => Response.redirect("https://app.example.com/b", 303), 303],
    ["204", () => new Response(null, { status: 204 }), 204],
    ["304", () => new Response(null, { status: 304 }), 304],
    ["404 with a body", () => new Response("nothing", { status: 404 }), 404],
  ])("works on %s", async (_, make, status) => {
    const given = make();
    const answer = applied(given);
    expect(answer.status).toBe(status);
    expect(answer.headers.get("Location")).toBe(given.headers.get("Location"));
    expect(answer.headers.getSetCookie()).toEqual([RENEWED]);
    expect(given.headers.getSetCookie()).toEqual([]);
    expect(await answer.text()).toBe(status === 404 ? "nothing" : "");
  });

  test("RF-11 leaves a streamed body a stream, its cookies and status text", async () => {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const headers = new Headers([
      ["Set-Cookie", "app=1"],
      ["Set-Cookie", "other=2"],
    ]);
    const answer = applied(new Response(readable, { statusText: "Fine", headers }));
    expect(answer.headers.getSetCookie()).toEqual(["app=1", "other=2", RENEWED]);
    expect(answer.statusText).toBe("Fine");
    const writer = writable.getWriter();
    const reading = answer.text();
    await writer.write(new TextEncoder().encode("late"));
    await writer.close();
    expect(await reading).toBe("late");
  });

  test.each([
    [null, "Cookie"],
    ["Accept-Encoding", "Accept-Encoding, Cookie"],
    ["accept, COOKIE", "accept, COOKIE"],
    ["X-Cookie", "X-Cookie, Cookie"],
    ["*", "*"],
  ])("merges Vary: %s becomes %s", (given, expected) => {
    const response = new Response("", given === null ? {} : { headers: { Vary: given } });
    expect(applied(response).headers.get("Vary")).toBe(expected);
  });

  test("CK-14 replaces what a handler said about caching once a session was read or a cookie is written", () => {
    const cached = () => new Response("", { headers: { "Cache-Control": "public, s-maxage=31536000" } });
    expect(applied(cached()).headers.get("Cache-Control")).toBe("private, no-store");
    expect(applied(cached(), []).headers.get("Cache-Control")).toBe("private, no-store");
    const nobody = applied(cached(), [], false);
    expect(nobody.headers.get("Cache-Control")).toBe("public, s-maxage=31536000");
    expect(nobody.headers.get("Vary")).toBe("Cookie");
  });

  test("gives back what nobody can copy", () => {
    const failed = Response.error();
    expect(applied(failed)).toBe(failed);
  });

  test.runIf("WebSocketPair" in globalThis)("leaves a WebSocket upgrade intact, with and without a cookie", () => {
    // Only workerd has these; neither library both runtimes share declares them.
    const { WebSocketPair } = globalThis as unknown as { WebSocketPair: new () => Record<"0" | "1", unknown> };
    for (const cookies of [[], [RENEWED]]) {
      const webSocket = new WebSocketPair()["0"];
      const upgrade = new Response(null, { status: 101, webSocket } as ResponseInit);
      const answer = applied(upgrade, cookies) as Response & { webSocket: unknown };
      expect(answer.status).toBe(101);
      expect(answer.webSocket).toBe(webSocket);
      expect(answer.headers.getSetCookie()).toEqual(cookies);
    }
  });
});

describe("a signed-in visitor", () => {
  test("RF-29 what a handler is given it cannot change, and the next request sees none of its tries", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate, { role: "member" });
    const first = await isolate.visit(browser);
    if (first.state !== "authenticated") throw new Error(first.state);
    // What JavaScript would try; the types refuse every line of it.
    const loose = first as unknown as Record<string, Record<string, unknown> & unknown[]>;
    const tries = [
      () => void Object.assign(first, { state: "anonymous" }),
      () => void Object.assign(first.user, { id: "user_02" }),
      () => void Object.assign(first.claims, { role: "admin" }),
      () => void loose.roles?.push("admin"),
      () => void loose.permissions?.push("everything"),
      () => void (first.claims.permissions as string[]).push("everything"),
      () => void Object.assign(first.toJSON(), { role: "admin" }),
    ];
    for (const attempt of tries) expect(attempt).toThrow(TypeError);
    const second = await isolate.visit(copyOf(browser));
    expect(second).toMatchObject({ user: { id: "user_01" }, role: "member", permissions: ["projects:read"] });
  });

  test("CK-18 prints, spreads, clones and serialises without a token or a sealed value", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate);
    world.clock.advance(400);
    const auth = await isolate.visit(browser);
    if (auth.state !== "authenticated") throw new Error(auth.state);
    const secrets = [auth.accessToken, browser.cookie() ?? "", "refresh_"];
    const shown = [JSON.stringify(auth), JSON.stringify({ ...auth }), JSON.stringify(structuredClone({ ...auth }))];
    for (const text of shown) for (const secret of secrets) expect(text).not.toContain(secret);
    expect(Object.keys(auth)).not.toContain("accessToken");
    expect(JSON.stringify(auth.toJSON())).toBe(JSON.stringify(auth));
    const down = unavailable(
      { request: browser.request(), loginPath: "/", cookies: [`a=${secrets[1]}`], sessionRead: true },
      "crypto_failure",
      1,
    );
    expect({ ...down }).toEqual({ state: "unavailable", reason: "crypto_failure", retryAfterSeconds: 1 });
  });

  test("serialises as the body of /auth/me", async () => {
    const auth = await signedIn();
    expect(JSON.parse(JSON.stringify(auth))).toEqual({
      state: "authenticated",
      user: { id: "user_01", email: "someone@example.com" },
      sessionId: auth.sessionId,
      organizationId: "org_01",
      role: "admin",
      roles: ["admin"],
      permissions: ["projects:read"],
      entitlements: [],
      featureFlags: [],
      expiresAt: auth.expiresAt,
    });
    const denied = auth.deny({ permission: "projects:write" });
    expect(denied.status).toBe(403);
    expect(await denied.json()).toEqual({ error: "forbidden", missing: { permission: "projects:write" } });
  });
});
