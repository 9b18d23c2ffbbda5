import { describe, expect, test } from "vitest";
import { asked, Browser, ORIGIN } from "../../../test/auth-kit.js";
import { bearer, beginning, nativeKit } from "../../../test/native-kit.js";
import { createGuard } from "../auth/guard.js";
import { bearerTokens } from "../bearer/bearer-tokens.js";
import { createCors } from "../policy/cors.js";
import { createCsrf } from "../policy/csrf.js";
import { createOrigins } from "../policy/origins.js";
import { createRevocation } from "../session/revocation.js";
import { createMemoryRevocation } from "../testing/memory-revocation.js";

const NOBODY = { state: "anonymous" };

async function me(kit: ReturnType<typeof nativeKit>, headers: Record<string, string>) {
  return (await kit.call("/auth/me", { headers })).json();
}

function visit(kit: ReturnType<typeof nativeKit>, headers: Record<string, string>, path = "/api/x", method = "GET") {
  return kit.auth.validateRequest(new Request(`${ORIGIN}${path}`, { headers, method }), kit.background);
}

async function cookieOf(kit: ReturnType<typeof nativeKit>): Promise<string> {
  const browser = new Browser(kit);
  await browser.signIn();
  const [name = ""] = browser.named("__Host-session");
  return browser.jar.get(name) ?? "";
}

describe("one credential, in its own place", () => {
  test("MB-03 a cookie's text opens in no header, and a header's text in no cookie", async () => {
    const kit = nativeKit();
    const session = await kit.signIn();
    const cookie = await cookieOf(kit);
    expect(await me(kit, { Authorization: `Bearer ${cookie}` })).toEqual(NOBODY);
    expect(await me(kit, { Cookie: `__Host-session=${session}` })).toEqual(NOBODY);
    expect(await visit(kit, { Authorization: `Bearer ${cookie}` })).toMatchObject({ reason: "tampered" });
  });

  test("MB-03 a text for one header opens in no other", async () => {
    const kit = nativeKit({}, { header: "X-Session" });
    const session = await kit.signIn();
    expect(await visit(kit, { "X-Session": session })).toMatchObject({ state: "authenticated", credential: "header" });
    expect(await visit(kit, { Authorization: `Bearer ${session}` })).toMatchObject({ reason: "no_credential" });
    expect(await visit(kit, { "X-Session": `Bearer ${session}` })).toMatchObject({ reason: "malformed" });
  });

  test("MB-04 in a query or a body it is not looked at", async () => {
    const kit = nativeKit();
    const session = await kit.signIn();
    for (const name of ["session", "access_token", "Authorization"]) {
      const response = await kit.call(`/auth/me?${new URLSearchParams({ [name]: session })}`);
      expect(await response.json()).toEqual(NOBODY);
    }
    const posted = await kit.call("/auth/refresh", { json: { session }, headers: { Origin: ORIGIN } });
    expect(posted.status).toBe(401);
  });

  test.each(["__Host-session", "__Host-session.0"])("beside a cookie %s neither counts", async (name) => {
    const kit = nativeKit();
    const session = await kit.signIn();
    const headers = { Authorization: `Bearer ${session}`, Cookie: `${name}=x` };
    const visitor = await visit(kit, headers);
    expect(visitor).toMatchObject({ state: "anonymous", reason: "ambiguous_credential" });
    if (visitor.state !== "anonymous") return;
    const answer = visitor.deny();
    expect(answer.status).toBe(401);
    expect(answer.headers.get("WWW-Authenticate")).toBe('Bearer error="invalid_request"');
    expect(visitor.headers.get("Vary")).toBe("Cookie, Authorization");
    const refreshed = await kit.auth.refresh(new Request(`${ORIGIN}/`, { headers }), kit.background);
    expect(refreshed).toMatchObject({ reason: "ambiguous_credential" });
    const switched = await kit.auth.switchOrganization(new Request(`${ORIGIN}/`, { headers }), "org_1");
    expect(switched).toMatchObject({ ok: false, auth: { reason: "ambiguous_credential" } });
    expect(kit.calls).toEqual([]);
  });

  test("two headers arrive as one text, which opens nothing", async () => {
    const kit = nativeKit();
    const session = await kit.signIn();
    const twice = `Bearer ${session}, Bearer ${session}`;
    expect(await visit(kit, { Authorization: twice })).toMatchObject({ reason: "malformed" });
  });

  test.each([
    ["basic", "Basic es1.x", "no_credential"],
    ["another token", "Bearer eyJhbGciOiJub25lIn0.e30.", "no_credential"],
    ["garbage of ours", "Bearer es1.garbage", "malformed"],
    ["a stored session where there is no store", `Bearer eh1.${"A".repeat(43)}.`, "malformed"],
  ])("%s: %s is %s", async (_, Authorization, reason) => {
    expect(await visit(nativeKit(), { Authorization })).toMatchObject({ state: "anonymous", reason });
  });

  test("a refusal is one of RFC 6750, without a redirect, whatever the request looks like", async () => {
    const kit = nativeKit();
    const visitor = await visit(kit, { Authorization: "Bearer es1.garbage", "Sec-Fetch-Mode": "navigate" });
    if (visitor.state !== "anonymous") throw new Error("let in");
    const answer = visitor.deny();
    expect(answer.status).toBe(401);
    expect(answer.headers.get("WWW-Authenticate")).toBe('Bearer error="invalid_token"');
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect(await answer.json()).toEqual({ error: "unauthenticated" });
    const own = await visit(nativeKit({}, { header: "X-Session" }), { "X-Session": "x" });
    if (own.state !== "anonymous") throw new Error("let in");
    expect(own.deny().headers.has("WWW-Authenticate")).toBe(false);
  });

  test("MB-03 where `paths` does not name a route, the header is not looked at there; ours always do", async () => {
    const kit = nativeKit({}, { paths: ["/api/*"] });
    const session = await kit.signIn();
    const { headers } = bearer(session);
    expect(await visit(kit, headers, "/api/x")).toMatchObject({ state: "authenticated" });
    expect(await visit(kit, headers, "/account")).toMatchObject({ reason: "no_credential" });
    expect(await visit(kit, headers, "/account/..%2fapi/x")).toMatchObject({ reason: "no_credential" });
    expect(await me(kit, headers)).toMatchObject({ state: "authenticated" });
    const cookie = `__Host-session=${await cookieOf(kit)}`;
    expect(await visit(kit, { ...headers, Cookie: cookie }, "/account")).toMatchObject({ state: "authenticated" });
  });

  test("header tokens go on beside it, by their own routes", async () => {
    const trust = {
      name: "api",
      jwksUrl: "https://idp.example/jwks",
      verify: { issuer: "https://idp.example", clientId: "client_1", algorithms: ["ES256"] as const },
    };
    const kit = nativeKit({ bearer: bearerTokens({ routes: { "/api/*": "header" }, users: trust }) });
    const session = await kit.signIn();
    const { accessToken } = await kit.tokens({ scope: "x" });
    expect(await visit(kit, bearer(session).headers)).toMatchObject({ state: "authenticated", credential: "header" });
    expect(await visit(kit, bearer(accessToken).headers)).toMatchObject({ state: "authenticated" });
    expect(await visit(kit, { Cookie: `__Host-session=${await cookieOf(kit)}` })).toMatchObject({
      reason: "no_credential",
    });
    expect(await visit(kit, bearer(accessToken).headers, "/other")).toMatchObject({ reason: "no_credential" });
  });
});

describe("renewal", () => {
  test("RF-01 50 requests with one ended session: one call of the provider, and each is given a text that works", async () => {
    const kit = nativeKit();
    const session = await kit.signIn();
    kit.clock.now += 301;
    const visitors = await Promise.all(Array.from({ length: 50 }, () => visit(kit, bearer(session).headers)));
    await kit.settle();
    expect(visitors.every(({ state }) => state === "authenticated")).toBe(true);
    expect(asked(kit, "refresh")).toHaveLength(1);
    for (const visitor of visitors) {
      const answer = visitor.apply(new Response("x"));
      const next = answer.headers.get("Edgeseal-Session") ?? "";
      expect(next).toMatch(/^es1\./);
      expect(answer.headers.getSetCookie()).toEqual([]);
      expect(answer.headers.get("Cache-Control")).toBe("private, no-store");
      expect(answer.headers.get("Vary")).toBe("Authorization");
      expect(await visit(kit, bearer(next).headers)).toMatchObject({ state: "authenticated", refreshed: false });
    }
    expect(asked(kit, "refresh")).toHaveLength(1);
  });

  test("RF-04 an answer that was lost loses nothing: the older text finds the newer tokens", async () => {
    const kit = nativeKit();
    const session = await kit.signIn();
    kit.clock.now += 301;
    await visit(kit, bearer(session).headers);
    await kit.settle();
    kit.clock.now += 400;
    expect(await visit(kit, bearer(session).headers)).toMatchObject({ state: "authenticated" });
  });

  test("RF-06 while the provider is down nobody is signed out", async () => {
    const kit = nativeKit();
    const session = await kit.signIn();
    kit.clock.now += 301;
    kit.answers.refresh = () => ({ ok: false, final: false });
    const visitor = await visit(kit, bearer(session).headers);
    expect(visitor.state).toBe("unavailable");
    expect(visitor.headers.has("Edgeseal-Session")).toBe(false);
    kit.answers.refresh = () => kit.tokens();
    kit.clock.now += 120;
    expect(await visit(kit, bearer(session).headers)).toMatchObject({ state: "authenticated", refreshed: true });
  });

  test("a refusal of a guard brings the new text, too", async () => {
    const kit = nativeKit();
    const session = await kit.signIn();
    kit.clock.now += 301;
    const guard = createGuard({ guards: { "/admin/*": { permission: "admin" } } });
    const admission = await guard.admit(kit.auth, new Request(`${ORIGIN}/admin/x`, bearer(session)), kit.background);
    if (!("answer" in admission)) throw new Error("let in");
    expect(admission.answer.status).toBe(403);
    expect(admission.answer.headers.get("WWW-Authenticate")).toBe('Bearer error="insufficient_scope"');
    expect(admission.answer.headers.get("Edgeseal-Session")).toMatch(/^es1\./);
    expect(admission.answer.headers.getSetCookie()).toEqual([]);
  });

  test("nothing is renewed, nothing sent", async () => {
    const kit = nativeKit();
    const session = await kit.signIn();
    const visitor = await visit(kit, bearer(session).headers);
    expect(visitor.headers.has("Edgeseal-Session")).toBe(false);
    expect(JSON.stringify(visitor)).not.toContain("es1.");
    expect(kit.calls).toEqual([]);
  });
});

describe("our routes, by header", () => {
  test("CS-01 a cookie needs a page of our own, a header does not: no page of another site can send one", async () => {
    const kit = nativeKit();
    const session = await kit.signIn();
    for (const path of ["/auth/refresh", "/auth/logout"]) {
      const byCookie = await kit.call(path, {
        method: "POST",
        headers: { Cookie: `__Host-session=${await cookieOf(kit)}`, "Sec-Fetch-Site": "cross-site" },
      });
      expect(byCookie.status).toBe(403);
      const both = await kit.call(path, {
        method: "POST",
        headers: { ...bearer(session).headers, Cookie: `__Host-session=${await cookieOf(kit)}` },
      });
      expect(both.status).toBe(403);
      const byHeader = await kit.call(path, { method: "POST", ...bearer(session) });
      expect(byHeader.status).toBe(200);
    }
  });

  test("CS-01 the policy in front of the app follows the credential, too", async () => {
    const origins = createOrigins({ allow: ["https://other.example"] });
    const kit = nativeKit({ policies: { csrf: createCsrf({ origins }), cors: createCors({ origins }) } });
    const session = await kit.signIn();
    const guard = createGuard();
    const headers = { Origin: "https://evil.example" };
    const admit = (more: Record<string, string>) =>
      guard.admit(kit.auth, new Request(`${ORIGIN}/x`, { method: "POST", headers: { ...headers, ...more } }));
    expect(await admit(bearer(session).headers)).toMatchObject({ visitor: { state: "authenticated" } });
    const cookie = `__Host-session=${await cookieOf(kit)}`;
    const byCookie = await admit({ Cookie: cookie });
    const both = await admit({ ...bearer(session).headers, Cookie: cookie });
    for (const admission of [byCookie, both]) {
      expect("answer" in admission && admission.answer.status).toBe(403);
    }
  });

  test("MB-06 a log-out ends it everywhere at once, and its text is refused", async () => {
    const revocation = createRevocation({ store: createMemoryRevocation(), whenDown: "closed" });
    const kit = nativeKit({ revocation });
    const session = await kit.signIn();
    await visit(kit, bearer(session).headers);
    const response = await kit.call("/auth/logout", { method: "POST", ...bearer(session) });
    expect(response.status).toBe(200);
    expect(response.headers.getSetCookie()).toEqual([]);
    const { logoutUrl } = await response.json();
    expect(logoutUrl).toContain("sid_1");
    await kit.settle();
    expect(await visit(kit, bearer(session).headers)).toMatchObject({ state: "anonymous", reason: "revoked" });
    expect(asked(kit, "revoke")).toHaveLength(1);
    expect(kit.events.map(({ type }) => type)).toContain("logout");
  });

  test("CR-10 without revocation it is good until its token ends, and is renewed no more", async () => {
    const kit = nativeKit();
    const session = await kit.signIn();
    await kit.call("/auth/logout", { method: "POST", ...bearer(session) });
    kit.clock.now += 301;
    expect(await visit(kit, bearer(session).headers)).toMatchObject({ state: "anonymous", reason: "session_over" });
    expect(asked(kit, "refresh")).toEqual([]);
  });

  test("a switch gives the new text in the header, and a sign-in that is needed begins at the hand-off", async () => {
    const kit = nativeKit();
    const session = await kit.signIn();
    const init = { json: { organizationId: "org_1" }, ...bearer(session) };
    const response = await kit.call("/auth/switch-org", init);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ organizationId: "org_1" });
    expect(response.headers.get("Edgeseal-Session")).toMatch(/^es1\./);
    expect(response.headers.getSetCookie()).toEqual([]);
    kit.answers.refresh = () => ({ ok: false, final: true, reason: "sso_required" });
    const refused = await kit.call("/auth/switch-org", { ...init, json: { organizationId: "org_2" } });
    expect(await refused.json()).toEqual({
      error: "sso_required",
      loginUrl: "/auth/handoff?organizationId=org_2",
    });
  });

  test("a new sign-in with the older session in the header ends that one", async () => {
    const kit = nativeKit();
    const session = await kit.signIn();
    const begun = await beginning();
    const back = await kit.begin(begun);
    const { codeVerifier, redirectUri } = begun;
    const json = { code: back.searchParams.get("code"), codeVerifier, redirectUri };
    expect((await kit.call("/auth/handoff", { json, ...bearer(session) })).status).toBe(200);
    kit.clock.now += 301;
    expect(await visit(kit, bearer(session).headers)).toMatchObject({ reason: "session_over" });
  });

  test("an absolute end is an end", async () => {
    const kit = nativeKit({ lifetime: { absoluteSeconds: 600 } });
    const session = await kit.signIn();
    kit.clock.now += 600;
    expect(await visit(kit, bearer(session).headers)).toMatchObject({ state: "anonymous", reason: "expired" });
  });

  test("nobody with a cookie notices, and caches are told of both", async () => {
    const kit = nativeKit();
    const visitor = await visit(kit, { Cookie: `__Host-session=${await cookieOf(kit)}` });
    expect(visitor).toMatchObject({ state: "authenticated" });
    expect("credential" in visitor).toBe(false);
    const nobody = await visit(kit, {});
    expect(nobody.headers.get("Vary")).toBe("Cookie, Authorization");
    expect(nobody.headers.has("Cache-Control")).toBe(false);
  });
});
