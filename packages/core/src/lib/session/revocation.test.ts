import { describe, expect, test } from "vitest";
import { asked, Browser, START, signedIn, signer, type TestAuth, testAuth } from "../../../test/auth-kit.js";
import { jwksOf } from "../../../test/tokens.js";
import { createValidator } from "../auth/create-validator.js";
import type { RevocationStore } from "../base/ports.js";
import { generateSessionKeys } from "../seal/generate-session-keys.js";
import { parseSessionKeys } from "../seal/parse-session-keys.js";
import { createMemoryRevocation } from "../testing/memory-revocation.js";
import { createMemoryStore } from "../testing/memory-store.js";
import { kvRevocation } from "./kv-revocation.js";
import { ledgerName } from "./ledger-name.js";
import { createRevocation } from "./revocation.js";
import type { RevocationTarget } from "./revocation-target.js";

const CLEARED = "__Host-session=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax";

function prompt(whenDown: "open" | "closed" = "closed") {
  return createRevocation({ store: createMemoryRevocation({ now: () => START }), whenDown });
}

async function person(more: Parameters<typeof testAuth>[0] = {}) {
  const visitor = await signedIn({ revocation: prompt(), ...more });
  visitor.kit.clock.now += 5;
  return visitor;
}

const visit = ({ auth, background }: TestAuth, browser: Browser) =>
  auth.validateRequest(browser.request("/"), background);

/** What an operator has: the name a session bears in events. */
async function nameOf(kit: TestAuth, browser: Browser): Promise<string> {
  const answer = await visit(kit, browser);
  if (answer.state !== "authenticated") throw new Error(answer.reason);
  return ledgerName("", answer.sessionId);
}

const TARGETS: readonly [string, (name: string) => RevocationTarget, string][] = [
  ["by its name", (sessionId) => ({ kind: "session", sessionId, userId: "user_1" }), "session"],
  ["by its person", () => ({ kind: "user", userId: "user_1" }), "user"],
  ["by its organisation", () => ({ kind: "organization", organizationId: "org_1" }), "organization"],
  ["by its membership", () => ({ kind: "membership", userId: "user_1", organizationId: "org_1" }), "membership"],
  ["by the provider's session", () => ({ kind: "provider_session", sid: "sid_1" }), "provider_session"],
];

describe("MB-06 a session that is ended", () => {
  test.each(TARGETS)("%s is refused at the next request, and its cookie deleted", async (_, target, by) => {
    const { kit, browser } = await person({});
    kit.answers.refresh = () => kit.tokens({ org_id: "org_1" });
    await browser.send("/auth/switch-org", { json: { organizationId: "org_1" } });
    const name = await nameOf(kit, browser);
    kit.events.length = 0;
    await kit.auth.revoke(target(name), kit.background);
    const answer = await visit(kit, browser);
    await kit.settle();
    expect(answer).toMatchObject({ state: "anonymous", reason: "revoked" });
    expect(answer.headers.getSetCookie()).toEqual([CLEARED]);
    const response = (answer as { deny(): Response }).deny();
    expect(response.status).toBe(302);
    expect(kit.events.map(({ type, reason }) => [type, reason])).toEqual([
      ["sessions_revoked", "app"],
      ["revoked", by],
    ]);
    expect(kit.events[1]).toMatchObject({ userId: "user_1", organizationId: "org_1", sessionId: name });
    expect(asked(kit, "refresh")).toHaveLength(1);
  });

  test("is refused although this isolate knows its cookie well, and nobody asks the provider for it any more", async () => {
    const { kit, browser } = await person();
    for (let again = 0; again < 3; again++) expect((await visit(kit, browser)).state).toBe("authenticated");
    await kit.auth.revoke({ kind: "user", userId: "user_1" });
    for (const later of [0, 290, 600]) {
      kit.clock.now += later;
      expect(await visit(kit, browser)).toMatchObject({ state: "anonymous", reason: "revoked" });
    }
    expect(asked(kit, "refresh")).toEqual([]);
  });

  test("is refused by a validator as well, which holds no secret of the provider", async () => {
    const revocation = prompt();
    const keyring = parseSessionKeys(generateSessionKeys());
    const { kit, browser } = await person({ revocation, keyring });
    const gateway = createValidator({
      keyring,
      revocation,
      tokens: {
        name: "test",
        jwksUrl: "https://idp.example/jwks",
        verify: { issuer: "https://idp.example", clientId: "client_1", algorithms: ["ES256"] },
      },
      now: () => kit.clock.now,
      fetch: async () => new Response(jwksOf(signer)),
    });
    expect(await gateway.validateRequest(browser.request("/"))).toMatchObject({ state: "authenticated" });
    await kit.auth.revoke({ kind: "user", userId: "user_1" });
    expect(await gateway.validateRequest(browser.request("/"))).toMatchObject({ reason: "revoked" });
  });

  test("switches no organisation and renews nothing", async () => {
    const { kit, browser } = await person();
    await kit.auth.revoke({ kind: "user", userId: "user_1" });
    const switched = await kit.auth.switchOrganization(browser.request("/"), "org_1");
    expect(switched).toMatchObject({ ok: false, reason: "session_over", auth: { reason: "revoked" } });
    expect(await kit.auth.refresh(browser.request("/"))).toMatchObject({ reason: "revoked" });
    expect(asked(kit, "refresh")).toEqual([]);
  });

  test("is not the one that begins afterwards, nor anybody else's", async () => {
    const revocation = prompt();
    const { kit, browser } = await person({ revocation });
    const other = await signedIn({ revocation, realm: "staging" });
    await kit.auth.revoke({ kind: "user", userId: "user_1", since: kit.clock.now });
    await kit.auth.revoke({ kind: "user", userId: "user_2" });
    await kit.auth.revoke({ kind: "organization", organizationId: "org_1" });
    expect((await visit(kit, browser)).state).toBe("anonymous");
    // Ids of another environment are other people.
    expect((await visit(other.kit, other.browser)).state).toBe("authenticated");
    kit.clock.now += 1;
    const again = new Browser(kit);
    await again.signIn();
    expect((await visit(kit, again)).state).toBe("authenticated");
  });

  test("since a moment: who signed in after it stays", async () => {
    const revocation = prompt();
    const early = await person({ revocation });
    await early.kit.auth.revoke({ kind: "user", userId: "user_1", since: START - 1 });
    expect((await visit(early.kit, early.browser)).state).toBe("authenticated");
    await early.kit.auth.revoke({ kind: "user", userId: "user_1", since: START });
    expect((await visit(early.kit, early.browser)).state).toBe("anonymous");
    // A moment never moves back.
    await early.kit.auth.revoke({ kind: "user", userId: "user_1", since: START - 1 });
    expect((await visit(early.kit, early.browser)).state).toBe("anonymous");
  });

  test("a membership that came back is good with the next token, for the session that was there before", async () => {
    const { kit, browser } = await person();
    kit.answers.refresh = () => kit.tokens({ org_id: "org_1" });
    await browser.send("/auth/switch-org", { json: { organizationId: "org_1" } });
    await kit.auth.revoke({ kind: "membership", userId: "user_1", organizationId: "org_2" });
    expect((await visit(kit, browser)).state).toBe("authenticated");
    await kit.auth.revoke({ kind: "membership", userId: "user_1", organizationId: "org_1", since: START });
    kit.clock.now += 100;
    const response = await browser.send("/auth/refresh", { json: {} });
    expect(response.status).toBe(200);
    expect((await visit(kit, browser)).state).toBe("authenticated");
  });

  test("whoever switches into an organisation whose sessions were ended is refused in the same request", async () => {
    const { kit, browser } = await person();
    await kit.auth.revoke({ kind: "organization", organizationId: "org_1" });
    expect((await visit(kit, browser)).state).toBe("authenticated");
    kit.answers.refresh = () => kit.tokens({ org_id: "org_1" });
    const switched = await kit.auth.switchOrganization(browser.request("/"), "org_1");
    expect(switched).toMatchObject({ ok: false, auth: { state: "anonymous", reason: "revoked" } });
  });

  test("by the provider's session and its person: also where the token says no `sid`", async () => {
    const { kit, browser } = await person();
    kit.answers.exchange = () => kit.tokens({ sid: undefined });
    const unnamed = new Browser(kit);
    await unnamed.signIn();
    await kit.auth.revoke({ kind: "provider_session", sid: "sid_9", userId: "user_1" });
    expect((await visit(kit, unnamed)).state).toBe("anonymous");
    expect((await visit(kit, browser)).state).toBe("authenticated");
  });
});

describe("CR-10 after log-out", () => {
  test("a copy of the cookie is refused at the next request, in another isolate, too", async () => {
    const store = createMemoryRevocation({ now: () => START });
    const keyring = parseSessionKeys(generateSessionKeys());
    const revocation = createRevocation({ store, whenDown: "closed" });
    const { kit, browser } = await person({ keyring, revocation });
    const elsewhere = testAuth({ keyring, revocation: createRevocation({ store, whenDown: "closed" }) });
    const thief = new Browser(kit);
    thief.jar.set("__Host-session", browser.jar.get("__Host-session") ?? "");
    expect((await visit(elsewhere, thief)).state).toBe("authenticated");
    await browser.send("/auth/logout", { json: {} });
    for (const { auth } of [kit, elsewhere]) {
      const answer = await auth.validateRequest(thief.request("/"));
      expect(answer).toMatchObject({ state: "anonymous", reason: "revoked" });
      // A poll that left before the log-out's answer came must not delete the cookie of a new sign-in.
      expect(answer.headers.getSetCookie()).toEqual([]);
    }
  });

  test("the session that a new sign-in replaced is refused as well", async () => {
    const { kit, browser } = await person();
    const before = new Browser(kit);
    before.jar.set("__Host-session", browser.jar.get("__Host-session") ?? "");
    kit.answers.exchange = () => kit.tokens({ sid: "sid_2" });
    await browser.signIn();
    await kit.settle();
    expect(await visit(kit, before)).toMatchObject({ reason: "revoked" });
    expect((await visit(kit, browser)).state).toBe("authenticated");
  });

  test("a store that fails does not keep anybody signed in: the cookie goes, and an event says what is left", async () => {
    const { kit, browser } = await person({ revocation: createRevocation({ store: failing(), whenDown: "open" }) });
    const response = await browser.send("/auth/logout", { json: {} });
    await kit.settle();
    expect(response.status).toBe(200);
    expect(browser.jar.size).toBe(0);
    expect(kit.events.map(({ type, reason }) => [type, reason])).toEqual([
      ["store_unreachable", "ending"],
      ["logout", undefined],
    ]);
  });
});

function failing(): RevocationStore {
  const fail = async () => Promise.reject(new Error("storage is down"));
  return { getByName: () => ({ ended: fail, end: fail }) };
}

/** Says of everything that it is not ended, when it answers at all. */
function silentFor(names: (count: number) => boolean): RevocationStore {
  let count = 0;
  return {
    getByName: () => ({
      ended: () => (names(count++) ? new Promise(() => {}) : Promise.resolve({})),
      end: () => new Promise(() => {}),
    }),
  };
}

describe("nobody can say whether a session was ended", () => {
  const stores: readonly [string, () => RevocationStore][] = [
    ["fails", failing],
    ["hangs", () => silentFor(() => true)],
    ["hangs for one of its entries", () => silentFor((count) => count === 1)],
    [
      "throws at once",
      () => ({
        getByName() {
          throw new TypeError("no such binding");
        },
      }),
    ],
  ];

  test.each(stores)("open: when the store %s, sessions go on, and it is told", async (_, store) => {
    const revocation = createRevocation({ store: store(), whenDown: "open", deadlineMilliseconds: 50 });
    const { kit, browser } = await person({ revocation });
    expect((await visit(kit, browser)).state).toBe("authenticated");
    await kit.settle();
    expect(kit.events.map(({ type, reason }) => [type, reason])).toEqual([["store_unreachable", "revocation"]]);
  });

  test.each(stores)(
    "closed: when the store %s, it is 503, never signed out, and the cookie stays",
    async (_, store) => {
      const revocation = createRevocation({ store: store(), whenDown: "closed", deadlineMilliseconds: 50 });
      const { kit, browser } = await person({ revocation });
      const answer = await visit(kit, browser);
      expect(answer).toMatchObject({ state: "unavailable", reason: "store_unreachable", retryAfterSeconds: 1 });
      expect(answer.headers.getSetCookie()).toEqual([]);
      const response = (answer as { deny(): Response }).deny();
      expect(response.status).toBe(503);
      expect(await response.json()).toEqual({ error: "unavailable" });
      await kit.settle();
      expect(kit.events.map(({ type, reason }) => [type, reason])).toEqual([["store_unreachable", "revocation"]]);
    },
  );

  test("one entry that says it was ended is enough, although another one does not answer", async () => {
    const memory = createMemoryRevocation({ now: () => START });
    let count = 0;
    const store: RevocationStore = {
      getByName: (name) => (count++ === 1 ? failing().getByName(name) : memory.getByName(name)),
    };
    const { kit, browser } = await person({ revocation: createRevocation({ store, whenDown: "open" }) });
    await createRevocation({ store: memory, whenDown: "open" }).end(
      { kind: "user", userId: "user_1" },
      { realm: "", provider: "test" },
      kit.clock.now,
    );
    expect(await visit(kit, browser)).toMatchObject({ state: "anonymous", reason: "revoked" });
  });

  test("an ending that cannot be recorded is told to whoever asked for it", async () => {
    const { kit } = await person({ revocation: createRevocation({ store: failing(), whenDown: "open" }) });
    await expect(kit.auth.revoke({ kind: "user", userId: "user_1" })).rejects.toMatchObject({
      name: "AuthError",
      code: "store_unreachable",
    });
    expect(kit.events).toEqual([]);
  });
});

describe("MB-06 with KV", () => {
  test("a session ends everywhere within 60 seconds and the cache of an isolate", async () => {
    const clock = { now: START };
    const kv = createMemoryStore({ now: () => clock.now });
    const keyring = parseSessionKeys(generateSessionKeys());
    const isolate = () =>
      testAuth({
        keyring,
        now: () => clock.now,
        revocation: createRevocation({ store: kvRevocation(kv, { now: () => clock.now }), whenDown: "closed" }),
      });
    const [here, there] = [isolate(), isolate()];
    here.answers.exchange = () => here.tokens({ exp: START + 3_600 });
    const browser = new Browser(here);
    await browser.signIn();
    // Both have read that nothing was ended, which KV itself goes on saying for a minute.
    clock.now += 1;
    for (const { auth } of [here, there])
      expect((await auth.validateRequest(browser.request("/"))).state).toBe("authenticated");
    await here.auth.revoke({ kind: "user", userId: "user_1" });
    // The isolate that did it knows at once.
    expect((await here.auth.validateRequest(browser.request("/"))).state).toBe("anonymous");
    clock.now += 59;
    expect((await there.auth.validateRequest(browser.request("/"))).state).toBe("authenticated");
    clock.now += 10;
    expect(await there.auth.validateRequest(browser.request("/"))).toMatchObject({ reason: "revoked" });
  });

  test("warm requests within the cache's seconds read nothing", async () => {
    let reads = 0;
    const kv = createMemoryStore({ now: () => START });
    const counted = { ...kv, get: (key: string) => { reads++; return kv.get(key); } }; // biome-ignore format: one line
    const store = kvRevocation(counted, { now: () => START });
    const { kit, browser } = await person({ revocation: createRevocation({ store, whenDown: "closed" }) });
    for (let again = 0; again < 5; again++) await visit(kit, browser);
    // The session, its person, and the provider's session.
    expect(reads).toBe(3);
  });
});

describe("createRevocation", () => {
  test("names every problem of its options", () => {
    const wrong = { store: {}, whenDown: "maybe", deadlineMilliseconds: 3, cache: 1 };
    // @ts-expect-error what JavaScript can pass
    expect(() => createRevocation(wrong)).toThrow(
      /`cache`[\s\S]*`store`[\s\S]*`whenDown`[\s\S]*`deadlineMilliseconds`/,
    );
  });

  test("refuses what names nobody, and a moment that has not come", async () => {
    const { kit } = await person();
    const now = kit.clock.now;
    const targets: readonly unknown[] = [
      { kind: "user", userId: "" },
      { kind: "user", userId: "\ud800" },
      { kind: "user", userId: "x".repeat(1_025) },
      { kind: "user" },
      { kind: "user", userId: "user_1", since: now + 1 },
      { kind: "user", userId: "user_1", since: Number.NaN },
      { kind: "membership", userId: "user_1", organizationId: "org_1", since: now + 61 },
      { kind: "everybody" },
    ];
    for (const target of targets) {
      await expect(kit.auth.revoke(target as RevocationTarget)).rejects.toBeInstanceOf(RangeError);
    }
    expect(kit.events).toEqual([]);
  });

  test("without it nothing can be revoked, and whoever tries is told", async () => {
    const kit = testAuth();
    await expect(kit.auth.revoke({ kind: "user", userId: "user_1" })).rejects.toMatchObject({ code: "config_invalid" });
  });
});
