import { describe, expect, test } from "vitest";
import { Browser, ORIGIN, type TestAuth, testAuth } from "../../../test/auth-kit.js";
import { beginning, nativeKit } from "../../../test/native-kit.js";
import { base64url } from "../base/bytes.js";
import { type LoginFailureReason, type RouteRefusal, wireFailure } from "../base/failure.js";
import type { RateLimiter } from "../base/ports.js";
import { createCors } from "../policy/cors.js";
import { createOrigins } from "../policy/origins.js";
import { createRateLimit } from "../policy/rate-limit.js";
import type { ProviderAnswer } from "../provider/provider.js";
import { createGuard } from "./guard.js";

type Options = NonNullable<Parameters<typeof testAuth>[0]>;

interface Refused {
  readonly kit: TestAuth;
  readonly response: Response;
}
type Cause = () => Promise<Refused>;

/** A sign-in whose code the provider answers like that. */
function exchanging(answer: () => ProviderAnswer, more: Options = {}): Cause {
  return async () => {
    const kit = testAuth(more);
    kit.answers.exchange = answer;
    return { kit, response: await new Browser(kit).signIn() };
  };
}

function comesBack(query: string, more: Options = {}, seconds = 0): Cause {
  return async () => {
    const kit = testAuth(more);
    const browser = new Browser(kit);
    const state = await browser.start();
    kit.clock.now += seconds;
    return { kit, response: await browser.back(state, query) };
  };
}

function asks(path: string, init: Parameters<Browser["request"]>[1] = {}, more: Options = {}): Cause {
  return async () => {
    const kit = testAuth(more);
    const request = new Browser(kit).request(path, init);
    const admission = await createGuard().admit(kit.auth, request, kit.background);
    if (!("answer" in admission)) throw new Error("let in");
    return { kit, response: admission.answer };
  };
}

/** Somebody signed in switches, and the provider says no. */
function switching(reason: string): Cause {
  return async () => {
    const kit = testAuth();
    const browser = new Browser(kit);
    await browser.signIn();
    kit.events.length = 0;
    kit.answers.refresh = () => ({ ok: false, final: true, reason });
    return { kit, response: await browser.send("/auth/switch-org", { json: { organizationId: "org_2" } }) };
  };
}

const limited = (limiter: RateLimiter): Options => ({
  clientAddress: () => "203.0.113.7",
  policies: { rateLimit: createRateLimit({ rules: { "/api/*": { limiter, whenDown: "closed" } } }) },
});

const LOGINS = {
  callback_malformed: comesBack("nothing=1"),
  state_mismatch: async () => {
    const kit = testAuth();
    const browser = new Browser(kit);
    await browser.start();
    return { kit, response: await browser.back("another") };
  },
  flow_cookie_missing: async () => {
    const kit = testAuth();
    const state = await new Browser(kit).start();
    return { kit, response: await new Browser(kit).back(state) };
  },
  flow_expired: comesBack("code=c", {}, 601),
  iss_mismatch: comesBack("code=c", { acceptsIssuer: () => false }),
  id_token_invalid: exchanging(() => ({ ok: false, final: true, reason: "id_token_invalid" })),
  access_denied: comesBack("error=access_denied"),
  provider_refused: exchanging(() => ({ ok: false, final: true, reason: "invalid_request" })),
  provider_unreachable: exchanging(() => ({ ok: false, final: false })),
  bad_token_response: exchanging(() => ({ ok: false, final: false, reason: "provider_malformed" })),
  organization_selection_required: exchanging(() => ({
    ok: false,
    final: true,
    reason: "organization_selection_required",
    pending: { token: "pending", organizations: [{ id: "org_1", name: "One" }] },
  })),
  login_refused: async () => {
    const refuse = () => {
      throw new Error("no such customer");
    };
    const kit = testAuth({ onLogin: refuse });
    return { kit, response: await new Browser(kit).signIn() };
  },
  session_too_large: async () => {
    const kit = testAuth();
    const made = await kit.tokens();
    const lastName = Array.from({ length: 12 }, () => base64url(crypto.getRandomValues(new Uint8Array(1_000)))).join(
      "",
    );
    kit.answers.exchange = () => ({ ...made, user: { id: "user_1", lastName } });
    return { kit, response: await new Browser(kit).signIn() };
  },
  sign_in_not_recent: async () => {
    const kit = testAuth();
    return { kit, response: await new Browser(kit).signIn("?maxAgeSeconds=600") };
  },
  cookies_blocked: async () => {
    const kit = testAuth();
    const browser = new Browser(kit);
    for (let round = 0; round < 2; round++) {
      await browser.signIn();
      browser.jar.delete("__Host-session");
    }
    kit.events.length = 0;
    return { kit, response: await browser.send("/auth/login") };
  },
} as const satisfies Record<Exclude<LoginFailureReason, OfSignOn>, Cause>;

/** Hosts of different sites say these to each other's browsers; what is wrong with a ticket is told beside it. */
type OfSignOn = "audience_unknown" | "ticket_rejected" | "ticket_used";

/** A proxy answers these for an upstream that does not, and stands alone: nobody was refused. */
type OfProxies = "not_found" | "unknown_host" | "bad_gateway" | "gateway_timeout";

/** Programs of the provider send these; what is wrong with them is told beside them. */
type OfReceivers = "logout_token_rejected" | "webhook_rejected";

/** It stands alone, before any auth; what is wrong with an answer is told beside it. */
type OfRelays = "preview_rejected";

const ROUTES = {
  csrf: asks("/auth/logout", { method: "POST", headers: { "Sec-Fetch-Site": "cross-site" } }),
  origin_rejected: async () => {
    const cors = createCors({ origins: createOrigins({ allow: ["https://www.example.com"] }) });
    const kit = testAuth({ policies: { cors } });
    const headers = { Origin: "https://evil.example", "Access-Control-Request-Method": "POST" };
    const request = new Request(`${ORIGIN}/api`, { method: "OPTIONS", headers });
    const admission = await createGuard().admit(kit.auth, request, kit.background);
    if (!("answer" in admission)) throw new Error("let in");
    return { kit, response: admission.answer };
  },
  ambiguous_path: asks("/a%2fb"),
  not_enabled: asks("/auth/sessions"),
  method_not_allowed: asks("/auth/logout"),
  invalid_request: asks("/auth/switch-org", { json: ["org_1"] }),
  invalid_organization: asks("/auth/switch-org", { json: { organizationId: "" } }),
  org_denied: switching("not_a_member"),
  org_changed: async () => {
    const kit = testAuth();
    const browser = new Browser(kit);
    await browser.signIn();
    kit.events.length = 0;
    return { kit, response: await browser.send("/auth/me", { headers: { "X-Expected-Org": "org_9" } }) };
  },
  sso_required: switching("sso_required"),
  mfa_required: switching("mfa_enrollment"),
  forbidden: async () => {
    const kit = testAuth();
    const browser = new Browser(kit);
    await browser.signIn();
    kit.events.length = 0;
    const guard = createGuard({ guards: { "/admin/*": { role: "owner" } } });
    const admission = await guard.admit(kit.auth, browser.request("/admin/users"), kit.background);
    if (!("answer" in admission)) throw new Error("let in");
    return { kit, response: admission.answer };
  },
  handoff_rejected: async () => {
    const kit = nativeKit();
    return { kit, response: await kit.redeem("garbage", await beginning()) };
  },
  rate_limited: asks("/api/x", {}, limited({ limit: async () => ({ success: false }) })),
  limiter_unreachable: asks("/api/x", {}, limited({ limit: () => Promise.reject(new Error("down")) })),
} as const satisfies Record<Exclude<RouteRefusal, OfProxies | OfReceivers | OfRelays>, Cause>;

async function eventsOf({ kit }: Refused) {
  await kit.settle();
  return kit.events.map(({ type, reason }) => ({ type, ...(type === "login_failure" && { reason }) }));
}

describe("AU-06 each refusal leaves one event", () => {
  test.each(Object.entries(LOGINS))("of a sign-in that fails for %s", async (reason, cause) => {
    const refused = await cause();
    expect(refused.response.status).toBe(wireFailure(reason as LoginFailureReason).status);
    expect(await eventsOf(refused)).toEqual([{ type: "login_failure", reason }]);
  });

  test.each(Object.entries(ROUTES))("of a route that answers %s", async (reason, cause) => {
    const refused = await cause();
    const { status, error } = wireFailure(reason as RouteRefusal);
    // A preflight has no error to show: it is answered without a word of permission.
    const isPreflight = reason === "origin_rejected";
    expect(refused.response.status).toBe(isPreflight ? 204 : status);
    if (!isPreflight && refused.response.headers.get("Content-Type")?.includes("json")) {
      expect(await refused.response.json()).toMatchObject({ error });
    }
    expect(await eventsOf(refused)).toEqual([{ type: reason }]);
  });

  test("of `switchOrganization` with what can be no organisation's id", async () => {
    const kit = testAuth();
    const browser = new Browser(kit);
    await browser.signIn();
    kit.events.length = 0;
    const result = await kit.auth.switchOrganization(browser.request("/"), "", kit.background);
    expect(result).toMatchObject({ ok: false, reason: "not_a_member" });
    await kit.settle();
    expect(kit.events).toMatchObject([{ type: "org_denied", userId: "user_1" }]);
  });

  test("with who asked, where the configuration tells it", async () => {
    const kit = testAuth({ auditClient: ({ headers }) => ({ ipAddress: headers.get("X-Test-Address") ?? "" }) });
    const browser = new Browser(kit);
    const headers = { "X-Test-Address": "203.0.113.7" };
    await browser.send("/auth/sessions", { headers });
    await createGuard().admit(kit.auth, browser.request("/x", { headers }), kit.background);
    await kit.settle();
    expect(kit.events.map(({ type, ipAddress }) => [type, ipAddress])).toEqual([
      ["not_enabled", "203.0.113.7"],
      ["no_credential", "203.0.113.7"],
    ]);
  });
});

test("AU-03 a whole session leaves events that hold none of its secrets, and its id as a hash", async () => {
  const kit = testAuth();
  const browser = new Browser(kit);
  const state = await browser.start("?returnTo=/secret-page&organizationId=org_1&loginHint=ada@example.com");
  const flow = [...browser.jar.values()];
  await browser.back(state, "code=code_of_ada");
  const [cookie = ""] = browser.jar.values();
  kit.clock.now += 290;
  const me = await (await browser.send("/auth/me")).json();
  await browser.send("/auth/switch-org", { json: { organizationId: "org_1" } });
  const tokens = (await kit.tokens()).accessToken.split(".");
  await browser.send("/auth/refresh", { json: {} });
  await browser.send("/auth/logout", { json: {} });
  await browser.send("/auth/callback?error=access_denied&state=x");
  await kit.settle();
  expect(kit.events.map(({ type }) => type)).toEqual([
    "login_success",
    "token_refresh",
    "org_switch",
    "logout",
    "login_failure",
  ]);
  const told = JSON.stringify(kit.events);
  const secrets = [
    state,
    ...flow,
    cookie,
    ...tokens,
    me.sessionId,
    "sid_1",
    "refresh-",
    "code_of_ada",
    "ada@",
    "secret-",
  ];
  for (const secret of secrets) expect(told).not.toContain(secret);
  const named = kit.events.slice(0, 4);
  expect(new Set(named.map(({ sessionId }) => sessionId)).size).toBe(1);
  expect(named[0]?.sessionId).toMatch(/^[\w-]{43}$/);
});
