import { afterEach, describe, expect, test, vi } from "vitest";
import { copyOf, createBrowser, ORIGIN } from "../../../test/browser.js";
import { CLIENT_ID, ISSUER, unsignedToken } from "../../../test/tokens.js";
import { createWorld, type Isolate, SESSION_KEYS, type World } from "../../../test/world.js";
import type { AnonymousReason, UnavailableReason } from "../base/failure.js";
import type { AuditEventType } from "../base/ports.js";
import { parseSessionKeys } from "../seal/parse-session-keys.js";
import type { RequestAuth } from "./request-auth.js";
import { sealSession } from "./sealed-store.js";

afterEach(() => void vi.restoreAllMocks());

/** A visit that is refused for the reason, and all that was told before the answer went out. */
type Cause = (world: World) => Promise<{ readonly auth: RequestAuth; readonly isolate: Isolate }>;

const SECRET = SESSION_KEYS.slice(2);
const OTHER = "n0Xc7Lt4yBe5uKa9sDf3gHj6mq8Zr2vW";

/** Signed in on another isolate, and then met by one with these options. */
function met(options: Parameters<World["isolate"]>[0], seconds = 0): Cause {
  return async (world) => {
    const browser = await world.signIn(world.isolate());
    world.clock.advance(seconds);
    const isolate = world.isolate(options);
    return { auth: await isolate.visit(browser), isolate };
  };
}

function sends(Cookie: string): Cause {
  return async (world) => {
    const isolate = world.isolate();
    const auth = await isolate.sessions.validate(new Request(ORIGIN, { headers: { Cookie } }), isolate.background);
    return { auth, isolate };
  };
}

/** A cookie of ours whose token is another one; nobody can renew it. */
function holds(accessToken: string): Cause {
  return async (world) => {
    const { refreshToken: _, ...session } = (await world.signIn(world.isolate())).session;
    const { now } = world.clock;
    const keyring = parseSessionKeys(SESSION_KEYS, { now });
    const text = await sealSession({ ...session, accessToken }, keyring, { cookieName: "__Host-session", now });
    const isolate = world.isolate();
    const browser = createBrowser();
    browser.plant(text);
    return { auth: await isolate.visit(browser), isolate };
  };
}

const withKeys = (...keys: readonly object[]): Cause =>
  met({ sessionKeys: JSON.stringify([{ version: 2, secret: OTHER, activeFrom: "2026-01-01T00:00:00Z" }, ...keys]) });

/** Each raises the event of its own name, but for those that say another one. */
const CAUSES = {
  no_credential: sends("theme=dark"),
  ambiguous_cookie: sends("__Host-session=a; __Host-session=b"),
  bad_chunks: sends("__Host-session.0=2.abcdef.part"),
  malformed: sends("__Host-session=es1.garbage"),
  unknown_key: met({ sessionKeys: `1:${OTHER}` }),
  key_retired: withKeys({ version: 1, secret: SECRET, active: true, openUntil: "2026-06-01T00:00:00Z" }),
  key_revoked: withKeys({ version: 1, secret: SECRET, revoked: true }),
  tampered: met({ realm: "elsewhere" }),
  expired: async (world) => {
    const isolate = world.isolate({ idleSeconds: 600 });
    const browser = await world.signIn(isolate);
    world.clock.advance(700);
    return { auth: await isolate.visit(browser), isolate };
  },
  token_malformed: holds("AAAA.AAAA.AAAA"),
  alg_not_allowed: holds(unsignedToken({ alg: "HS256", kid: "key_1" })),
  key_not_found: holds(unsignedToken({ alg: "ES256", kid: "key_9" })),
  signature_invalid: holds(unsignedToken({ alg: "ES256", kid: "key_1" }, undefined, 64)),
  token_expired: async (world) => {
    const isolate = world.isolate({ renews: false });
    const { session } = await world.signIn(isolate);
    const { refreshToken: _, ...last } = session;
    const { now } = world.clock;
    const keyring = parseSessionKeys(SESSION_KEYS, { now });
    const browser = createBrowser();
    browser.plant(await sealSession(last, keyring, { cookieName: "__Host-session", now }));
    world.clock.advance(400);
    return { auth: await isolate.visit(browser), isolate };
  },
  // The clock of somebody else is no fault of the visitor's: it is answered, and told, as what it is.
  token_not_yet_valid: null,
  issuer_mismatch: met({
    trust: { verify: { issuer: "https://idp.example", clientId: CLIENT_ID, algorithms: ["ES256"] } },
  }),
  recipient_mismatch: met({ trust: { verify: { issuer: ISSUER, clientId: "client_other", algorithms: ["ES256"] } } }),
  session_over: async (world) => {
    world.provider.next("invalid_grant");
    return met({}, 400)(world);
  },
  stale: async (world) => {
    const isolate = world.isolate();
    const browser = await world.signIn(isolate);
    const old = copyOf(browser);
    for (let round = 0; round < 2; round++) {
      world.clock.advance(300);
      await isolate.visit(browser);
    }
    world.clock.advance(61);
    const other = world.isolate();
    return { auth: await other.visit(old), isolate: other };
  },
  refresh_lost: async (world) => {
    const browser = await world.signIn(world.isolate());
    world.clock.advance(400);
    // Cancelled right after its claim: on Workers nothing of it runs any more.
    const asked = Promise.withResolvers<void>();
    world.provider.next(() => {
      asked.resolve();
      return new Promise(() => undefined);
    });
    void world.isolate().visit(copyOf(browser));
    await asked.promise;
    world.clock.advance(10);
    const isolate = world.isolate();
    return { auth: await isolate.visit(copyOf(browser)), isolate };
  },
  // Of header tokens, which sessions know nothing of: told in the tests of `bearer`.
  ambiguous_credential: null,
  unknown_api_key: null,
  caller_not_enabled: null,
  // Nothing revokes single sessions yet: those that were ended are `session_over`.
  revoked: null,
  refresh_needed: met({ renews: false }, 400),
  keys_unreachable: async (world) => {
    const browser = await world.signIn(world.isolate());
    world.issuer.fail("network");
    const isolate = world.isolate();
    return { auth: await isolate.visit(browser), isolate };
  },
  provider_unreachable: async (world) => {
    world.provider.always("network");
    return met({}, 400)(world);
  },
  ledger_unreachable: async (world) => {
    world.ledger.fail("claim", 2);
    return met({}, 400)(world);
  },
  crypto_failure: async (world) => {
    const browser = await world.signIn(world.isolate());
    const isolate = world.isolate();
    vi.spyOn(crypto.subtle, "decrypt").mockRejectedValue(new DOMException("failed", "OperationError"));
    return { auth: await isolate.visit(browser), isolate };
  },
  // The one store there is holds copies of keys, and one that fails is a miss.
  store_unreachable: null,
} as const satisfies Record<AnonymousReason | UnavailableReason, Cause | null>;

/** What a renewal found out has a name of its own. */
const TOLD_AS: Partial<Record<string, AuditEventType>> = { session_over: "session_expired", stale: "refresh_reuse" };
/** The source of keys says why there are none, the visit that somebody was refused; a log counts both as one kind. */
const TOLD_TWICE = "keys_unreachable";

const cases = Object.entries(CAUSES).flatMap(([reason, cause]) => (cause === null ? [] : [{ reason, cause }]));

describe("whoever is refused", () => {
  test.each(cases)("AU-06 for $reason leaves one event of that name", async ({ reason, cause }) => {
    const world = await createWorld();
    const { auth, isolate } = await cause(world);
    if (auth.state === "authenticated") throw new Error("let in");
    expect(auth.reason).toBe(reason);
    expect(auth.deny().status).toBe(auth.state === "anonymous" ? 401 : 503);
    const type = TOLD_AS[reason] ?? reason;
    expect(isolate.events.types()).toEqual(type === TOLD_TWICE ? [type, type] : [type]);
  });

  test.each([
    [{ permission: "projects:write" }, "permission"],
    [{ role: "owner" }, "role"],
    [{ organization: "org_of_somebody_else" }, "organization"],
    [{ recentAuth: { withinSeconds: 300 } }, "recentAuth"],
  ] as const)("AU-06 for missing %j leaves one event, with its kind and without its value", async (missing, reason) => {
    const world = await createWorld();
    const isolate = world.isolate();
    const auth = await isolate.visit(await world.signIn(isolate, { organizationId: "org_01" }));
    if (auth.state !== "authenticated") throw new Error(auth.reason);
    expect(auth.deny(missing).status).toBe(403);
    expect(isolate.events.facts).toEqual([{ type: "forbidden", reason, userId: "user_01", organizationId: "org_01" }]);
  });

  test("AU-06 a public page that meets somebody without a session has refused nobody", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const auth = await isolate.visit(createBrowser());
    auth.apply(new Response("Welcome"));
    expect(isolate.events.facts).toEqual([]);
  });
});
