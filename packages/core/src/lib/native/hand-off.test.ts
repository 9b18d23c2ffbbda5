import { describe, expect, test } from "vitest";
import { asked, Browser, FAILED_EXCHANGES, failures, ORIGIN, START, testAuth } from "../../../test/auth-kit.js";
import {
  APP,
  bearer,
  beginning,
  CLAIMED,
  codeIn,
  LOOPBACK,
  type NativeKit,
  nativeKit,
  REJECTED,
  wayOn,
} from "../../../test/native-kit.js";
import { generateSessionKeys } from "../seal/generate-session-keys.js";
import { parseSessionKeys } from "../seal/parse-session-keys.js";
import { createLocalLedger } from "../session/local-ledger.js";

/** `reason` of the first one: events of one type are counted for ten seconds. */
async function expectRejected(kit: NativeKit, response: Response, reason?: string): Promise<void> {
  expect(response.status).toBe(400);
  expect(await response.json()).toEqual(REJECTED);
  expect(response.headers.get("Cache-Control")).toBe("private, no-store");
  expect(response.headers.getSetCookie()).toEqual([]);
  await kit.settle();
  if (reason !== undefined) expect(kit.events.at(-1)).toMatchObject({ type: "handoff_rejected", reason });
}

/** A sign-in up to the program's code. */
async function handedOff(kit: NativeKit = nativeKit(), redirectUri: string = LOOPBACK) {
  const begun = await beginning(redirectUri);
  const back = await kit.begin(begun);
  return { kit, begun, back, code: codeIn(back) };
}

describe("where a program's sign-in begins", () => {
  test.each([
    "https://evil.example/callback",
    "http://127.0.0.1:80@evil.example/callback",
    "javascript:alert(1)",
    "//evil.example",
    "com.example.app:/callback#",
    "http://127.0.0.1/other",
    "",
  ])("MB-08 nobody is sent to %j, and no sign-in begins for it", async (redirectUri) => {
    const kit = nativeKit();
    const { codeChallenge } = await beginning();
    const response = await kit.open({ redirectUri, codeChallenge, codeChallengeMethod: "S256" });
    expect(response.status).toBe(400);
    expect(response.headers.get("Location")).toBeNull();
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(await response.text()).not.toContain("evil");
    await kit.settle();
    expect(kit.events).toMatchObject([{ type: "handoff_rejected", reason: "redirect_uri" }]);
    expect(kit.calls).toEqual([]);
  });

  test("MB-08 of two redirect URIs none counts, and a program is told by JSON", async () => {
    const kit = nativeKit();
    const query = new URLSearchParams([
      ["redirectUri", LOOPBACK],
      ["redirectUri", "https://evil.example"],
    ]);
    const response = await kit.call(`/auth/handoff?${query}`);
    await expectRejected(kit, response, "redirect_uri");
  });

  test.each([
    ["no challenge", { codeChallenge: "" }],
    ["a challenge that is none", { codeChallenge: "short" }],
    ["no method, which would mean plain", { codeChallengeMethod: "" }],
    ["plain", { codeChallengeMethod: "plain" }],
    ["a state with a line break", { state: "a\r\nb" }],
    ["a state of 513 characters", { state: "s".repeat(513) }],
  ])("OA-06 %s goes back to the program as an error, without a sign-in", async (_, more) => {
    const kit = nativeKit();
    const { codeChallenge } = await beginning();
    const response = await kit.open({
      redirectUri: LOOPBACK,
      codeChallenge,
      codeChallengeMethod: "S256",
      ...more,
    });
    expect(response.status).toBe(303);
    expect(response.headers.get("Location")).toBe(`${LOOPBACK}?error=invalid_request`);
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(kit.calls).toEqual([]);
  });

  test("an organisation that cannot be one goes back as an error, with the state", async () => {
    const kit = nativeKit();
    const { codeChallenge } = await beginning();
    const query = { redirectUri: APP, codeChallenge, codeChallengeMethod: "S256", state: "mine" };
    const wrong = await kit.open({ ...query, organizationId: "no such thing" });
    expect(wrong.headers.get("Location")).toBe(`${APP}?error=invalid_organization&state=mine`);
  });

  test("MB-08 a page asks first, and a program that reads it for itself has gained nothing of the person's", async () => {
    const kit = nativeKit();
    const { codeChallenge } = await beginning(APP);
    const response = await kit.open({ redirectUri: APP, codeChallenge, codeChallengeMethod: "S256" });
    expect(response.headers.get("Location")).toBeNull();
    expect(response.headers.get("Content-Security-Policy")).toContain("frame-ancestors 'none'");
    expect(response.headers.get("Referrer-Policy")).toBe("no-referrer");
    const text = await response.clone().text();
    expect(text).toContain("the app com.example.app");
    // The second click of a double one, which another page asked for, hits nothing.
    expect(text).toContain("a{animation:wait 1s}");
    expect(text).toContain("main:hover::after{visibility:hidden;transition:visibility 0s .8s}");
    const state = new URL(await wayOn(response)).searchParams.get("state") ?? "";
    // Seen elsewhere, the way on leads nowhere: its flow waits in this browser.
    const elsewhere = new Browser(kit);
    expect((await elsewhere.back(state)).status).toBe(400);
    expect(failures(kit)).toEqual(["flow_cookie_missing"]);
  });

  test("an address the system proves, and `confirm: false`, go on at once", async () => {
    const { codeChallenge } = await beginning();
    const query = { codeChallenge, codeChallengeMethod: "S256" };
    expect((await nativeKit().open({ ...query, redirectUri: CLAIMED })).status).toBe(302);
    expect((await nativeKit({}, { confirm: false }).open({ ...query, redirectUri: LOOPBACK })).status).toBe(302);
  });

  test("what a sign-in may ask of the provider goes along", async () => {
    const kit = nativeKit();
    const { codeChallenge } = await beginning();
    const more = { organizationId: "org_1", screen: "sign-up", loginHint: "ada@example.com", maxAgeSeconds: "600" };
    await kit.open({ redirectUri: LOOPBACK, codeChallenge, codeChallengeMethod: "S256", ...more });
    expect(asked(kit, "authorizationUrl")).toMatchObject([
      { input: { organizationId: "org_1", screen: "sign-up", loginHint: "ada@example.com", maxAgeSeconds: 600 } },
    ]);
    const [sent] = asked(kit, "authorizationUrl");
    expect(sent?.input).not.toMatchObject({ codeChallenge });
  });

  test("a browser's guess begins nothing", async () => {
    const kit = nativeKit();
    const response = await kit.browser.send(`/auth/handoff?redirectUri=${LOOPBACK}`, {
      headers: { "Sec-Purpose": "prefetch" },
    });
    expect(response.status).toBe(503);
    expect(kit.calls).toEqual([]);
  });
});

describe("where the provider sends the browser back", () => {
  test("the browser's own session and cookies stay as they are, and nothing is exchanged", async () => {
    const kit = nativeKit();
    await kit.browser.signIn();
    kit.calls.length = 0;
    const [name = ""] = kit.browser.named("__Host-session");
    const before = kit.browser.jar.get(name);
    const { codeChallenge } = await beginning();
    const opened = await kit.open({ redirectUri: LOOPBACK, codeChallenge, codeChallengeMethod: "S256" });
    const back = await kit.browser.back(new URL(await wayOn(opened)).searchParams.get("state") ?? "");
    expect(back.status).toBe(303);
    expect(back.headers.get("Referrer-Policy")).toBe("no-referrer");
    expect(back.headers.get("Cache-Control")).toBe("private, no-store");
    expect(back.headers.getSetCookie().map((line) => /^[^=]+=; Max-Age=0/.test(line))).toEqual([true]);
    expect(kit.browser.jar.get(name)).toBe(before);
    expect(asked(kit, "exchange")).toEqual([]);
    expect(kit.browser.named("flow")).toEqual([]);
  });

  test("OA-09 a refusal goes to the program as a code, the provider's words to the event alone", async () => {
    const kit = nativeKit();
    const back = await kit.begin(await beginning(), "error=access_denied&error_description=%3Cscript%3E");
    expect(back.href).toBe(`${LOOPBACK}?error=access_denied&state=mine`);
    await kit.settle();
    expect(kit.events.at(-1)).toMatchObject({ type: "login_failure", reason: "access_denied" });
  });

  test("OA-01 an answer that belongs to no sign-in of this browser is a page, and nobody goes anywhere", async () => {
    const kit = nativeKit();
    const response = await kit.browser.back("x.y");
    expect(response.status).toBe(400);
    expect(response.headers.get("Location")).toBeNull();
  });

  test("OA-05 an answer of another provider goes back as an error, without a code", async () => {
    const kit = nativeKit({}, {}, { acceptsIssuer: () => false });
    const back = await kit.begin(await beginning());
    expect([...back.searchParams]).toEqual([
      ["error", "iss_mismatch"],
      ["state", "mine"],
    ]);
  });

  test("a sign-in is handed off once, whoever kept its cookie", async () => {
    const kit = nativeKit();
    const { codeChallenge } = await beginning();
    const opened = await kit.open({ redirectUri: LOOPBACK, codeChallenge, codeChallengeMethod: "S256" });
    const state = new URL(await wayOn(opened)).searchParams.get("state") ?? "";
    const kept = new Map(kit.browser.jar);
    await kit.browser.back(state);
    for (const [name, value] of kept) kit.browser.jar.set(name, value);
    const again = await kit.browser.back(state);
    expect(again.headers.get("Location")).toBe(`${LOOPBACK}?error=state_mismatch`);
  });

  test("a flow of a program never becomes a session of the browser where programs are no longer let in", async () => {
    const keyring = parseSessionKeys(generateSessionKeys());
    const kit = nativeKit({ keyring });
    const { codeChallenge } = await beginning();
    const opened = await kit.open({ redirectUri: LOOPBACK, codeChallenge, codeChallengeMethod: "S256" });
    const state = new URL(await wayOn(opened)).searchParams.get("state") ?? "";
    const later = testAuth({ keyring });
    const browser = new Browser(later);
    for (const [name, value] of kit.browser.jar) browser.jar.set(name, value);
    expect((await browser.back(state)).status).toBe(400);
    expect(asked(later, "exchange")).toEqual([]);
  });

  test("a page of the app that is the redirect URI posts the answer and goes on by itself", async () => {
    const kit = nativeKit();
    const begun = await beginning();
    const opened = await kit.open({
      redirectUri: LOOPBACK,
      codeChallenge: begun.codeChallenge,
      codeChallengeMethod: "S256",
    });
    const state = new URL(await wayOn(opened)).searchParams.get("state") ?? "";
    const response = await kit.browser.send("/auth/token", { json: { code: "code_1", state } });
    const { returnTo, ...rest } = await response.json();
    expect(rest).toEqual({ state: "anonymous" });
    expect((await kit.redeem(codeIn(new URL(returnTo)), begun)).status).toBe(200);
  });
});

describe("where the program redeems its code", () => {
  test("MB-07 100 at once: one session, one call of the provider", async () => {
    const { kit, begun, code } = await handedOff();
    const answers = await Promise.all(Array.from({ length: 100 }, () => kit.redeem(code, begun)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(99);
    expect(asked(kit, "exchange")).toHaveLength(1);
    await kit.settle();
    expect(kit.events.find(({ type }) => type === "handoff_rejected")).toMatchObject({ reason: "spent" });
    await expectRejected(kit, await kit.redeem(code, begun));
  });

  test("MB-07 a code that another program saw opens nothing for it, and stays good for its own", async () => {
    const { kit, begun, code } = await handedOff();
    const other = await beginning();
    await expectRejected(kit, await kit.redeem(code, other), "code_verifier");
    expect(asked(kit, "exchange")).toEqual([]);
    expect((await kit.redeem(code, begun)).status).toBe(200);
  });

  test("MB-07 a code slipped into another program's sign-in is refused there", async () => {
    const kit = nativeKit();
    const attacker = await handedOff(kit);
    const victim = await beginning();
    await expectRejected(kit, await kit.redeem(attacker.code, victim), "code_verifier");
  });

  test.each([
    ["", "code_verifier"],
    ["x".repeat(42), "code_verifier"],
    ["x".repeat(129), "code_verifier"],
  ])("OA-06 a verifier %j is none", async (codeVerifier, reason) => {
    const { kit, begun, code } = await handedOff();
    await expectRejected(kit, await kit.redeem(code, { ...begun, codeVerifier }), reason);
  });

  test("MB-07 at another address it does not open, at none of the list it is not looked at", async () => {
    const { kit, begun, code } = await handedOff();
    for (const redirectUri of [APP, "http://127.0.0.1:51005/callback", "https://evil.example"]) {
      await expectRejected(kit, await kit.redeem(code, { ...begun, redirectUri }));
    }
    expect(kit.events.map(({ reason }) => reason)).toEqual(["tampered"]);
    expect((await kit.redeem(code, begun)).status).toBe(200);
  });

  test("MB-07 after 60 seconds it is over", async () => {
    const { kit, begun, code } = await handedOff();
    kit.clock.now += 60;
    await expectRejected(kit, await kit.redeem(code, begun), "expired");
    const soon = await handedOff();
    soon.kit.clock.now += 59;
    expect((await soon.kit.redeem(soon.code, soon.begun)).status).toBe(200);
  });

  test("MB-07 a session, a cookie of a flow and garbage are no code, and a code is none of these", async () => {
    const kit = nativeKit();
    const text = await kit.signIn();
    const { begun, code } = await handedOff(kit);
    await kit.browser.start();
    const flows = kit.browser.named("flow").map((name) => kit.browser.jar.get(name) ?? "");
    expect(flows).toHaveLength(1);
    for (const wrong of [text, ...flows, "garbage", ""]) await expectRejected(kit, await kit.redeem(wrong, begun));

    const asSession = await kit.call("/auth/me", bearer(code));
    expect(await asSession.json()).toEqual({ state: "anonymous" });
    const asCookie = await kit.call("/auth/me", { headers: { Cookie: `__Host-session=${code}` } });
    expect(await asCookie.json()).toEqual({ state: "anonymous" });
  });

  test.each([
    ["a page of another site", { Origin: "https://evil.example" }],
    ["a sandboxed frame", { Origin: "null" }],
    ["a page of our own, whose script must not hold a session", { Origin: ORIGIN }],
    ["a browser without Origin", { "Sec-Fetch-Site": "same-origin" }],
  ])("MB-09 %s is refused, and the code stays good", async (_, headers) => {
    const { kit, begun, code } = await handedOff();
    const { codeVerifier, redirectUri } = begun;
    const response = await kit.call("/auth/handoff", { json: { code, codeVerifier, redirectUri }, headers });
    expect(response.status).toBe(403);
    expect(await response.json()).toEqual({ error: "csrf" });
    expect((await kit.redeem(code, begun)).status).toBe(200);
  });

  test("MB-04 JSON alone is read: no query, no form", async () => {
    const { kit, begun, code } = await handedOff();
    const { codeVerifier, redirectUri } = begun;
    const query = new URLSearchParams({ code, codeVerifier, redirectUri });
    const tries = [
      kit.call(`/auth/handoff?${query}`, { method: "POST" }),
      kit.call("/auth/handoff", { method: "POST", body: query }),
      kit.call("/auth/handoff", { json: { code, codeVerifier } }),
      kit.call("/auth/handoff", { json: { code, codeVerifier, redirectUri: [redirectUri] } }),
    ];
    for (const response of await Promise.all(tries)) {
      expect(response.status).toBe(400);
      expect(await response.json()).toEqual({ error: "invalid_request" });
    }
  });

  test.each(FAILED_EXCHANGES)(
    "a provider that %s ends the try, and a new one works",
    async (_, answer, status, error) => {
      const { kit, begun, code } = await handedOff();
      kit.answers.exchange = answer;
      const response = await kit.redeem(code, begun);
      expect(response.status).toBe(status);
      expect(await response.json()).toEqual({ error });
      // It may have reached the provider, so it is not shown to it again.
      await expectRejected(kit, await kit.redeem(code, begun), "spent");
      kit.answers.exchange = () => kit.tokens();
      kit.clock.now += 60;
      const next = await handedOff(kit);
      expect((await kit.redeem(next.code, next.begun)).status).toBe(200);
    },
  );

  test("a ledger that is down keeps nobody out: the provider takes its own code once", async () => {
    const silent = { getByName: () => { throw new Error("down"); } } as never; // biome-ignore format: one fault
    const { kit, begun, code } = await handedOff(nativeKit({ ledger: silent }));
    expect((await kit.redeem(code, begun)).status).toBe(200);
    kit.answers.exchange = () => ({ ok: false, final: true, reason: "invalid_grant" });
    const again = await kit.redeem(code, begun);
    expect(again.status).toBe(400);
    expect(await again.json()).toEqual({ error: "provider_refused" });
  });

  test("an organisation has to be chosen: the program is told which, and begins again with one", async () => {
    const { kit, begun, code } = await handedOff();
    const organizations = [{ id: "org_1", name: "One" }];
    kit.answers.exchange = () => ({
      ok: false,
      final: true,
      reason: "organization_selection_required",
      pending: { token: "pending-secret", organizations },
    });
    const response = await kit.redeem(code, begun);
    expect(response.status).toBe(403);
    expect(await response.json()).toEqual({ error: "organization_selection_required", organizations });
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  test("`onLogin` is asked, and a refusal gives the tokens back", async () => {
    const seen: string[] = [];
    const kit = nativeKit({
      onLogin({ user, request }) {
        seen.push(user.id, request.method);
        throw new Error("no");
      },
    });
    const { begun, code } = await handedOff(kit);
    const response = await kit.redeem(code, begun);
    expect(response.status).toBe(403);
    expect(await response.json()).toEqual({ error: "login_refused" });
    await kit.settle();
    expect(seen).toEqual(["user_1", "POST"]);
    expect(asked(kit, "revoke")).toHaveLength(1);
  });

  test("a sign-in that was to be recent and is not is refused", async () => {
    const kit = nativeKit();
    const begun = await beginning();
    const { redirectUri, codeChallenge } = begun;
    const query = { redirectUri, codeChallenge, codeChallengeMethod: "S256", maxAgeSeconds: "60" };
    const opened = await kit.open(query);
    const back = await kit.browser.back(new URL(await wayOn(opened)).searchParams.get("state") ?? "");
    kit.answers.exchange = () => kit.tokens({ auth_time: START - 3_600 });
    const response = await kit.redeem(codeIn(new URL(back.headers.get("Location") ?? "")), begun);
    expect(response.status).toBe(403);
    expect(await response.json()).toEqual({ error: "sign_in_not_recent" });
  });

  test.each([LOOPBACK, APP, CLAIMED, "http://[::1]:8080/callback"])(
    "%s: the session is in the body, and nowhere else",
    async (redirectUri) => {
      const kit = nativeKit({}, { redirectUris: ["http://127.0.0.1/callback", "http://[::1]/callback", APP, CLAIMED] });
      const { begun, back, code } = await handedOff(kit, redirectUri);
      expect(back.href.startsWith(`${redirectUri}?code=es1.`)).toBe(true);
      expect(back.searchParams.get("state")).toBe("mine");
      const response = await kit.redeem(code, begun);
      expect(response.status).toBe(200);
      expect(response.headers.getSetCookie()).toEqual([]);
      expect(response.headers.get("Cache-Control")).toBe("private, no-store");
      const { session, ...rest } = await response.json();
      expect(session).toMatch(/^es1\.[\w-]+$/);
      expect(rest).toEqual({
        endsAt: START + 2_592_000,
        state: "authenticated",
        user: { id: "user_1", email: "ada@example.com" },
        sessionId: expect.stringMatching(/^[\w-]{43}$/),
        roles: [],
        permissions: ["projects:read"],
        entitlements: [],
        featureFlags: [],
        expiresAt: START + 300,
      });
      await kit.settle();
      expect(kit.events.map(({ type }) => type)).toEqual(["login_success"]);
      const told = JSON.stringify(kit.events);
      for (const secret of [session, code, begun.codeVerifier, "code_1"]) expect(told).not.toContain(secret);
    },
  );

  test("without `nativeClients` the route is off", async () => {
    const browser = new Browser(testAuth({ ledger: createLocalLedger({ now: () => START }) }));
    for (const init of [{}, { json: {} }]) {
      const response = await browser.send("/auth/handoff", init);
      expect(response.status).toBe(404);
      expect(await response.json()).toEqual({ error: "not_enabled" });
    }
  });
});
