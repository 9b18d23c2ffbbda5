import { describe, expect, test } from "vitest";
import { Browser, ORIGIN, signedIn, testAuth } from "../../../test/auth-kit.js";

const PENDING = {
  ok: false,
  final: true,
  reason: "organization_selection_required",
  pending: {
    token: "PENDING-TOKEN",
    organizations: [{ id: "org_1", name: 'One & "Co" <b>', role: "admin" }, { id: "org_2" }],
  },
} as const;

describe("POST /auth/switch-org", () => {
  test.each(["../org_2", "org/2", "org%2F2", "", " org_2", "x".repeat(129), "x".repeat(10_240), "орг"])(
    "RF-16 an id that cannot be one (case %#) is 400 invalid_organization, without Set-Cookie",
    async (organizationId) => {
      const { kit, browser } = await signedIn();
      for (const body of [{ json: { organizationId } }, { form: { organizationId } }]) {
        const response = await browser.send("/auth/switch-org", body);
        expect([response.status, await response.json()]).toEqual([400, { error: "invalid_organization" }]);
        expect(response.headers.getSetCookie()).toEqual([]);
      }
      expect(kit.calls).toEqual([]);
    },
  );

  test("RF-16 a body that is too long, of another type, doubled or no text is 400 invalid_request", async () => {
    const { kit, browser } = await signedIn();
    const bodies = [
      { json: { organizationId: "x".repeat(20_000) } },
      { json: { organizationId: 7 } },
      { json: ["org_1"] },
      { method: "POST", body: '{"organizationId":"org_1"}', headers: { "Content-Type": "text/plain" } },
      { method: "POST", body: "{", headers: { "Content-Type": "application/json" } },
      {
        method: "POST",
        body: "organizationId=org_1&organizationId=org_2",
        headers: { "Content-Type": "application/x-www-form-urlencoded" },
      },
    ];
    for (const body of bodies) {
      const response = await browser.send("/auth/switch-org", body);
      expect([response.status, await response.json()]).toEqual([400, { error: "invalid_request" }]);
    }
    expect(kit.calls).toEqual([]);
  });

  test.each([
    ["organization_not_found", 403, "org_denied"],
    ["sso_required", 403, "sso_required"],
    ["mfa_enrollment", 403, "mfa_required"],
  ])("RF-16 the provider's %s keeps the session", async (reason, status, error) => {
    const { kit, browser } = await signedIn();
    kit.answers.refresh = () => ({ ok: false, final: true, reason });
    const before = browser.jar.get("__Host-session");
    const response = await browser.send("/auth/switch-org", { json: { organizationId: "org_9" } });
    const body = await response.json();
    expect(response.status).toBe(status);
    expect(body.error).toBe(error);
    if (error !== "org_denied") expect(body.loginUrl).toBe("/auth/login?organizationId=org_9");
    expect(browser.jar.get("__Host-session")).toBe(before);
    expect((await (await browser.send("/auth/me")).json()).state).toBe("authenticated");
  });

  test("a form that needs another sign-in goes there", async () => {
    const { kit, browser } = await signedIn();
    kit.answers.refresh = () => ({ ok: false, final: true, reason: "sso_required" });
    const response = await browser.send("/auth/switch-org", { form: { organizationId: "org_9" } });
    expect([response.status, response.headers.get("Location")]).toEqual([303, "/auth/login?organizationId=org_9"]);
  });

  test("a provider that is down is 503, nobody is 401", async () => {
    const { kit, browser } = await signedIn();
    kit.answers.refresh = () => ({ ok: false, final: false });
    const down = await browser.send("/auth/switch-org", { json: { organizationId: "org_2" } });
    expect([down.status, await down.json()]).toEqual([503, { error: "unavailable" }]);
    const nobody = await new Browser(kit).send("/auth/switch-org", { json: { organizationId: "org_2" } });
    expect([nobody.status, await nobody.json()]).toEqual([401, { error: "unauthenticated", loginUrl: "/auth/login" }]);
  });

  test("RF-18 a tab that expects another organisation switches nothing", async () => {
    const { kit, browser } = await signedIn();
    const response = await browser.send("/auth/switch-org", {
      json: { organizationId: "org_2" },
      headers: { "X-Expected-Org": "org_1" },
    });
    expect([response.status, await response.json()]).toEqual([409, { error: "org_changed" }]);
    expect(kit.calls).toEqual([]);
  });

  test("switches, as JSON with the body of /auth/me, and as a form with a way back", async () => {
    const { kit, browser } = await signedIn();
    const json = await browser.send("/auth/switch-org", { json: { organizationId: "org_2" } });
    expect(json.status).toBe(200);
    expect(await json.json()).toMatchObject({ state: "authenticated", organizationId: "org_2" });
    const form = await browser.send("/auth/switch-org", { form: { organizationId: "org_3", returnTo: "/team" } });
    expect([form.status, form.headers.get("Location")]).toEqual([303, "/team"]);
    expect(await (await browser.send("/auth/me")).json()).toMatchObject({ organizationId: "org_3" });
    expect(kit.events.filter(({ type }) => type === "org_switch")).toHaveLength(2);
  });

  test("auth.switchOrganization with an id that cannot be one asks nobody", async () => {
    const { kit, browser } = await signedIn();
    const result = await kit.auth.switchOrganization(browser.request("/x"), "../org_2");
    expect(result).toMatchObject({ ok: false, reason: "not_a_member", auth: { state: "authenticated" } });
    const nobody = await kit.auth.switchOrganization(new Request(`${ORIGIN}/x`), "../org_2");
    expect(nobody).toMatchObject({ ok: false, reason: "session_over", auth: { state: "anonymous" } });
    expect(kit.calls).toEqual([]);
  });
});

describe("OA-15 a sign-in that stops at the choice of an organisation", () => {
  async function stopped(more: Parameters<typeof testAuth>[0] = {}) {
    const kit = testAuth(more);
    kit.answers.exchange = () => PENDING;
    const browser = new Browser(kit);
    const response = await browser.signIn("?returnTo=%2Fprojects");
    return { kit, browser, response };
  }

  test("OA-15 is a page with a form; the pending token is sealed in a cookie and nowhere else", async () => {
    const { kit, browser, response } = await stopped();
    expect(response.status).toBe(403);
    expect(response.headers.get("Content-Security-Policy")).toContain("form-action 'self'");
    expect(response.headers.get("Referrer-Policy")).toBe("same-origin");
    const text = await response.text();
    expect(text).toContain(
      '<form method="post" action="/auth/switch-org"><input type="hidden" name="pending" value="1">',
    );
    expect(text).toContain('value="org_1">One &amp; &quot;Co&quot; &lt;b&gt;<small>admin</small>');
    expect(text).toContain('value="org_2">org_2</button>');
    const sealed = browser.jar.get("__Host-edgeseal-pending") ?? "";
    expect(sealed).toMatch(/^es1\./);
    for (const leak of ["PENDING-TOKEN", "es1."]) expect(text + JSON.stringify(kit.events)).not.toContain(leak);
    expect(browser.named("session")).toEqual([]);
    expect(browser.named("flow")).toEqual([]);
    expect(kit.events).toMatchObject([{ type: "login_failure", reason: "organization_selection_required" }]);
  });

  test("OA-15 the choice finishes the sign-in at the place it was meant for", async () => {
    const { kit, browser } = await stopped();
    const response = await browser.send("/auth/switch-org", { form: { organizationId: "org_1", pending: "1" } });
    expect([response.status, response.headers.get("Location")]).toEqual([303, "/projects"]);
    expect(kit.calls.at(-1)).toEqual({
      method: "selectOrganization",
      input: { pendingToken: "PENDING-TOKEN", organizationId: "org_1" },
    });
    expect(browser.named("pending")).toEqual([]);
    expect(await (await browser.send("/auth/me")).json()).toMatchObject({ organizationId: "org_1" });
  });

  test("OA-15 once somebody has signed in here, an older choice is no way in any more", async () => {
    const { kit, browser } = await stopped();
    kit.answers.exchange = () => kit.tokens({ sub: "user_1" });
    expect((await browser.signIn()).status).toBe(303);
    expect(browser.named("pending")).toEqual([]);
  });

  test("OA-15 a form from another site finishes nothing", async () => {
    const { kit, browser } = await stopped();
    const response = await browser.send("/auth/switch-org", {
      form: { organizationId: "org_1", pending: "1" },
      headers: { "Sec-Fetch-Site": "cross-site" },
    });
    expect(response.status).toBe(403);
    expect(kit.calls.map(({ method }) => method)).toEqual(["authorizationUrl", "exchange"]);
  });

  test("OA-15 an outage leaves the choice open; a refusal ends it", async () => {
    const { kit, browser } = await stopped();
    kit.answers.selectOrganization = () => ({ ok: false, final: false });
    const choice = { form: { organizationId: "org_1", pending: "1" } };
    expect((await browser.send("/auth/switch-org", choice)).status).toBe(503);
    expect(browser.named("pending")).toHaveLength(1);
    kit.answers.selectOrganization = () => ({ ok: false, final: true, reason: "invalid_organization_id" });
    expect((await browser.send("/auth/switch-org", choice)).status).toBe(400);
    expect(browser.named("pending")).toEqual([]);
    const late = await browser.send("/auth/switch-org", choice);
    expect([late.status, (await late.text()).includes("<code>flow_cookie_missing</code>")]).toEqual([400, true]);
  });

  test("OA-15, OA-16 after ten minutes the choice is flow_expired", async () => {
    const { kit, browser } = await stopped();
    kit.clock.now += 600;
    const response = await browser.send("/auth/switch-org", { form: { organizationId: "org_1", pending: "1" } });
    expect([response.status, (await response.text()).includes("<code>flow_expired</code>")]).toEqual([400, true]);
    expect(browser.named("pending")).toEqual([]);
  });

  test("OA-15, CR-05 a session's or a flow's seal is no pending sign-in", async () => {
    const kit = testAuth();
    const browser = new Browser(kit);
    await browser.start();
    const flow = browser.jar.get(browser.named("flow")[0] ?? "");
    await browser.signIn();
    for (const seal of [flow, browser.jar.get("__Host-session")]) {
      browser.jar.set("__Host-edgeseal-pending", seal ?? "");
      const response = await browser.send("/auth/switch-org", { form: { organizationId: "org_1", pending: "1" } });
      expect(response.status).toBe(400);
    }
    expect(kit.calls.some(({ method }) => method === "selectOrganization")).toBe(false);
  });

  test("OA-15 the app's own page is told what to choose from", async () => {
    const seen: unknown[] = [];
    const { browser } = await stopped({
      onLoginFailure: ({ organizations }) => {
        seen.push(organizations);
        return new Response("choose");
      },
    });
    expect(seen).toEqual([PENDING.pending.organizations]);
    expect(browser.named("pending")).toHaveLength(1);
  });

  test("OA-15 a provider that cannot take the choice, or an endless token, is a failure page", async () => {
    const { response, browser } = await stopped({ without: ["selectOrganization"] });
    expect((await response.text()).includes("<code>organization_selection_required</code>")).toBe(true);
    expect(browser.named("pending")).toEqual([]);
    const kit = testAuth();
    kit.answers.exchange = () => ({ ...PENDING, pending: { ...PENDING.pending, token: "x".repeat(4_096) } });
    const long = await new Browser(kit).signIn();
    expect([long.status, (await long.text()).includes("<form")]).toEqual([403, false]);
  });
});

describe("GET /auth/organizations", () => {
  test("RF-19 asks for the signed-in person's own and gives the listed fields only", async () => {
    const { kit, browser } = await signedIn();
    const organization = { id: "org_1", name: "One", role: "admin", secret: "CANARY", domains: ["x"] };
    kit.answers.organizations = () => [organization, { id: "org_2" }];
    const response = await browser.send("/auth/organizations?userId=user_2");
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      organizations: [{ id: "org_1", name: "One", role: "admin" }, { id: "org_2" }],
    });
    expect(kit.calls).toEqual([{ method: "organizations", input: { userId: "user_1" } }]);
    expect(response.headers.get("Cache-Control")).toBe("private, no-store");
  });

  test("is 401 for nobody, 503 while the provider is down, 404 where it cannot tell", async () => {
    const { kit, browser } = await signedIn();
    const nobody = await new Browser(kit).send("/auth/organizations", { headers: { "Sec-Fetch-Mode": "cors" } });
    expect([nobody.status, await nobody.json()]).toEqual([401, { error: "unauthenticated", loginUrl: "/auth/login" }]);
    expect(kit.calls).toEqual([]);
    kit.answers.organizations = () => {
      throw new TypeError("fetch failed");
    };
    const down = await browser.send("/auth/organizations");
    expect([down.status, await down.json()]).toEqual([503, { error: "unavailable" }]);
    expect(down.headers.get("Retry-After")).toBe("5");
    expect(kit.events).toMatchObject([
      { type: "no_credential" },
      { type: "provider_unreachable", reason: "organizations" },
    ]);
    const cannot = testAuth({ without: ["organizations"] });
    const off = await new Browser(cannot).send("/auth/organizations");
    expect([off.status, await off.json()]).toEqual([404, { error: "not_enabled" }]);
  });
});
