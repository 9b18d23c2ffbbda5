import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Browser, LOGOUT_TOKENS, ORIGIN, START, signer, type TestAuth, testAuth } from "../../../test/auth-kit.js";
import {
  type AuthKitOptions,
  expectRefused as expectRejection,
  person as personOf,
  post,
  revocable,
  stateOf as state,
} from "../../../test/receiver-kit.js";
import type { Ledger, RevocationStore } from "../base/ports.js";
import { createRevocation } from "../session/revocation.js";
import { createMemoryRevocation } from "../testing/memory-revocation.js";
import { createSigner } from "../testing/signer.js";
import { backChannelLogout } from "./back-channel-logout.js";

const EVENT = "http://schemas.openid.net/event/backchannel-logout";
const CLAIMS = {
  iss: "https://idp.example",
  aud: "client_1",
  iat: START + 5,
  exp: START + 125,
  jti: "jti-1",
  events: { [EVENT]: {} },
  sub: "user_1",
  sid: "sid_1",
};
const TYP = { typ: "logout+jwt" };

function listening(more: AuthKitOptions = {}): AuthKitOptions {
  return { logoutTokens: LOGOUT_TOKENS, ...revocable(), receivers: [backChannelLogout()], ...more };
}

const person = (more: AuthKitOptions = {}) => personOf(listening(more));

function send(kit: TestAuth, token: string, init: RequestInit = {}): Promise<Response> {
  const request = new Request(`${ORIGIN}/auth/backchannel-logout`, {
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ logout_token: token }).toString(),
    ...init,
  });
  return post(kit, request);
}

const expectRefused = (kit: TestAuth, response: Response, reason: string) =>
  expectRejection(kit, response, "logout_token_rejected", reason);

const without = (name: string) => Object.fromEntries(Object.entries(CLAIMS).filter(([claim]) => claim !== name));

const BAD: readonly [string, string, object, object?][] = [
  ["the type of an access token", "type_mismatch", CLAIMS, { typ: "at+jwt" }],
  ["the type of another security event", "type_mismatch", CLAIMS, { typ: "secevent+jwt" }],
  ["a nonce", "has_nonce", { ...CLAIMS, nonce: "n" }, TYP],
  ["a nonce that is null", "has_nonce", { ...CLAIMS, nonce: null }, TYP],
  ["another audience", "recipient_mismatch", { ...CLAIMS, aud: "client_2" }, TYP],
  ["no audience", "recipient_mismatch", without("aud"), TYP],
  ["too many audiences", "recipient_mismatch", { ...CLAIMS, aud: [...Array(16).fill("x"), "client_1"] }, TYP],
  ["another issuer", "issuer_mismatch", { ...CLAIMS, iss: "https://idp.example/" }, TYP],
  ["no issuer", "issuer_mismatch", without("iss"), TYP],
  ["no time of issue", "token_malformed", without("iat"), TYP],
  ["no end", "token_malformed", without("exp"), TYP],
  ["an end that has passed", "token_expired", { ...CLAIMS, iat: START - 200, exp: START - 60 }, TYP],
  ["a time of issue to come", "token_not_yet_valid", { ...CLAIMS, iat: START + 70 }, TYP],
  ["an end that is never", "token_not_yet_valid", { ...CLAIMS, exp: START + 100_000 }, TYP],
  ["no id of its own", "no_jti", without("jti"), TYP],
  ["an id that is no text", "no_jti", { ...CLAIMS, jti: 7 }, TYP],
  ["no events", "no_logout_event", without("events"), TYP],
  ["another event", "no_logout_event", { ...CLAIMS, events: { "http://schemas.openid.net/event/other": {} } }, TYP],
  ["an event that is no object", "no_logout_event", { ...CLAIMS, events: { [EVENT]: true } }, TYP],
  ["nobody to log out", "nobody_named", { ...without("sid"), sub: undefined }, TYP],
  ["a session that is no text", "nobody_named", { ...CLAIMS, sid: 1 }, TYP],
  ["an empty session", "nobody_named", { ...CLAIMS, sid: "" }, TYP],
  ["a critical extension", "token_malformed", CLAIMS, { ...TYP, crit: ["b64"] }],
  ["no signature algorithm", "alg_not_allowed", CLAIMS, { ...TYP, alg: "none" }],
  ["an algorithm that is not this provider's", "alg_not_allowed", CLAIMS, { ...TYP, alg: "RS256" }],
  ["an unknown key", "key_not_found", CLAIMS, { ...TYP, kid: "k9" }],
];

describe("OA-19 a log-out token that is refused", () => {
  test.each(BAD)("for %s ends nothing and leaves one event", async (_, reason, claims, header) => {
    const { kit, browser } = await person();
    await expectRefused(kit, await send(kit, await signer.sign(claims, header)), reason);
    expect(await state(kit, browser)).toBe("authenticated");
  });

  test("for a signature of somebody else's key of that name", async () => {
    const { kit, browser } = await person();
    const forger = await createSigner("k1", "ES256");
    await expectRefused(kit, await send(kit, await forger.sign(CLAIMS, TYP)), "signature_invalid");
    expect(await state(kit, browser)).toBe("authenticated");
  });

  test("because it was sent before: the sign-in that came since stays", async () => {
    const { kit, browser } = await person();
    const token = await signer.sign({ ...CLAIMS, sid: undefined }, TYP);
    expect((await send(kit, token)).status).toBe(200);
    expect(await state(kit, browser)).toBe("anonymous");
    kit.clock.now += 1;
    await browser.signIn();
    await kit.settle();
    kit.events.length = 0;
    await expectRefused(kit, await send(kit, token), "replayed");
    expect(await state(kit, browser)).toBe("authenticated");
  });

  test("because it is an access token or an ID token of this very provider", async () => {
    for (const [reason, claims] of [
      ["recipient_mismatch", { ...CLAIMS, aud: undefined, client_id: "client_1", events: undefined }],
      ["no_logout_event", { ...CLAIMS, events: undefined, nonce: "n" }],
    ] as const) {
      const { kit, browser } = await person();
      await expectRefused(kit, await send(kit, await signer.sign(claims)), reason);
      expect(await state(kit, browser)).toBe("authenticated");
    }
  });

  test("because the body is no form with one token", async () => {
    const token = await signer.sign(CLAIMS, TYP);
    const form = { "Content-Type": "application/x-www-form-urlencoded" };
    const bodies: readonly RequestInit[] = [
      { body: JSON.stringify({ logout_token: token }), headers: { "Content-Type": "text/plain" } },
      { body: `token=${token}`, headers: form },
      { body: `logout_token=${token}&logout_token=${token}`, headers: form },
      { body: `logout_token=${token}&pad=${"x".repeat(17_000)}`, headers: form },
      { body: null, headers: form },
    ];
    for (const init of bodies) {
      const { kit, browser } = await person();
      await expectRefused(kit, await send(kit, "", init), "body_malformed");
      expect(await state(kit, browser)).toBe("authenticated");
    }
  });

  test("whatever text it is: 400, and nothing is fetched for it", async () => {
    const { kit } = await person();
    kit.fetched.length = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.string(), fc.stringMatching(/^[\w-]{0,40}\.[\w-]{0,40}\.[\w-]{0,40}$/)),
        async (text) => {
          expect((await send(kit, text)).status).toBe(400);
        },
      ),
      { numRuns: 200 },
    );
    expect(kit.fetched).toEqual([]);
  });
});

describe("a log-out token that is accepted", () => {
  test("OA-19 ends the session of its `sid`, and is answered 200 without a cookie or a body", async () => {
    const { kit, browser } = await person();
    kit.answers.exchange = () => kit.tokens({ sid: "sid_2" });
    const other = new Browser(kit);
    await other.signIn();
    kit.clock.now += 1;
    const response = await send(kit, await signer.sign(CLAIMS, TYP));
    expect(response.status).toBe(200);
    expect(response.headers.get("Cache-Control")).toBe("no-store");
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(await response.text()).toBe("");
    expect(kit.events.at(-1)).toMatchObject({
      type: "sessions_revoked",
      reason: "backchannel_logout",
      userId: "user_1",
    });
    expect(JSON.stringify(kit.events)).not.toContain("sid_");
    expect(await state(kit, browser)).toBe("anonymous");
    expect(await state(kit, other)).toBe("authenticated");
  });

  test("OA-19 by `sub` alone: ends all sessions of that person, and nobody else's", async () => {
    const { kit, browser } = await person();
    kit.answers.exchange = async () => ({ ...(await kit.tokens({ sub: "user_2" })), user: { id: "user_2" } });
    const other = new Browser(kit);
    await other.signIn();
    expect((await send(kit, await signer.sign(without("sid"), TYP))).status).toBe(200);
    expect(await state(kit, browser)).toBe("anonymous");
    expect(await state(kit, other)).toBe("authenticated");
  });

  test("by `sid` alone", async () => {
    const { kit, browser } = await person();
    expect((await send(kit, await signer.sign(without("sub"), TYP))).status).toBe(200);
    expect(await state(kit, browser)).toBe("anonymous");
  });

  test("of a person whose session token says no `sid`: that session, too", async () => {
    const { kit } = await person();
    kit.answers.exchange = () => kit.tokens({ sid: undefined });
    const unnamed = new Browser(kit);
    await unnamed.signIn();
    kit.clock.now += 1;
    expect((await send(kit, await signer.sign(CLAIMS, TYP))).status).toBe(200);
    expect(await state(kit, unnamed)).toBe("anonymous");
  });

  test("OA-19 an unknown `sid` is 200 and ends nobody: a sealed session is on no list, and §2.7 calls it a success", async () => {
    const { kit, browser } = await person();
    expect((await send(kit, await signer.sign({ ...CLAIMS, sid: "sid_9" }, TYP))).status).toBe(200);
    expect(await state(kit, browser)).toBe("authenticated");
  });

  test.each([[{}], [{ typ: "JWT" }], [{ typ: "application/LOGOUT+JWT" }]])("with the type %o", async (header) => {
    const { kit, browser } = await person();
    expect((await send(kit, await signer.sign({ ...CLAIMS, aud: ["x", "client_1"] }, header))).status).toBe(200);
    expect(await state(kit, browser)).toBe("anonymous");
  });

  test("while the ledger is down: what nobody can say was seen before counts", async () => {
    const ledger: Ledger = {
      getByName: () => ({
        claim: () => Promise.reject(new Error("down")),
        settle: () => Promise.reject(new Error("down")),
        spend: () => Promise.reject(new Error("down")),
      }),
    };
    const { kit, browser } = await person({ ledger });
    expect((await send(kit, await signer.sign(CLAIMS, TYP))).status).toBe(200);
    expect(kit.events.map(({ type }) => type)).toEqual(["ledger_unreachable", "sessions_revoked"]);
    expect(await state(kit, browser)).toBe("anonymous");
  });
});

describe("POST /auth/backchannel-logout", () => {
  test("a store that cannot record it is 400 `logout_failed`, and told", async () => {
    const store: RevocationStore = {
      getByName: () => ({ ended: async () => ({}), end: () => Promise.reject(new Error("down")) }),
    };
    const { kit } = await person({ revocation: createRevocation({ store, whenDown: "open" }) });
    const response = await send(kit, await signer.sign(CLAIMS, TYP));
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ error: "logout_failed" });
    expect(kit.events.map(({ type, reason }) => [type, reason])).toEqual([["store_unreachable", "backchannel_logout"]]);
  });

  test("one that could not be recorded is good for another try, and for no third", async () => {
    const store = createMemoryRevocation({ now: () => START });
    let isDown = true;
    const failing: RevocationStore = {
      getByName: (name) => ({
        ended: (marks) => store.getByName(name).ended(marks),
        end: (...row) => (isDown ? Promise.reject(new Error("down")) : store.getByName(name).end(...row)),
      }),
    };
    const { kit, browser } = await person({ revocation: createRevocation({ store: failing, whenDown: "open" }) });
    const token = await signer.sign(CLAIMS, TYP);
    expect((await send(kit, token)).status).toBe(400);
    expect(await state(kit, browser)).toBe("authenticated");
    isDown = false;
    expect((await send(kit, token)).status).toBe(200);
    expect(await state(kit, browser)).toBe("anonymous");
    kit.events.length = 0;
    await expectRefused(kit, await send(kit, token), "replayed");
  });

  test("keys that cannot be had are 400 `logout_failed`, and the token is good for another try", async () => {
    const kit = testAuth(listening());
    kit.network.down = true;
    const token = await signer.sign({ ...CLAIMS, exp: START + 900 }, TYP);
    expect((await send(kit, token)).status).toBe(400);
    expect(kit.events.map(({ type }) => type)).toContain("keys_unreachable");
    kit.network.down = false;
    kit.clock.now += 60;
    expect((await send(kit, token)).status).toBe(200);
  });

  test("other methods are 405, and without the receiver it is 404", async () => {
    const { kit } = await person();
    const get = await kit.auth.handler(new Request(`${ORIGIN}/auth/backchannel-logout`));
    expect([get?.status, get?.headers.get("Allow")]).toEqual([405, "POST"]);
    const closed = testAuth();
    const response = await send(closed, await signer.sign(CLAIMS, TYP));
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({ error: "not_enabled" });
  });

  test("is refused at construction where it could never work", () => {
    const receivers = [backChannelLogout()];
    const { revocation } = listening();
    expect(() => testAuth({ receivers })).toThrow(/`receivers` need `revocation`[\s\S]*`backChannelLogout` needs/);
    // @ts-expect-error what JavaScript can pass
    expect(() => testAuth({ revocation, receivers: [{}] })).toThrow(/`receivers` must be a list/);
    const twice = { ...listening(), receivers: [...receivers, ...receivers] };
    expect(() => testAuth(twice)).toThrow(/`receivers` must name each route once/);
    // @ts-expect-error what JavaScript can pass
    expect(() => testAuth({ revocation: {} })).toThrow(/`revocation` must be `createRevocation/);
  });
});
