import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { asked, Browser, ORIGIN, START, type TestAuth, testAuth } from "../../../test/auth-kit.js";
import type { SessionHome, SessionShelf } from "../base/session-home.js";
import { generateSessionKeys } from "../seal/generate-session-keys.js";
import { parseSessionKeys } from "../seal/parse-session-keys.js";
import type { DeviceSession } from "../session/device-sessions.js";
import { kvSessions } from "../session/kv-sessions.js";
import { createLocalLedger } from "../session/local-ledger.js";
import { createRevocation } from "../session/revocation.js";
import { createMemoryRevocation } from "../testing/memory-revocation.js";
import { createMemorySessions } from "../testing/memory-sessions.js";
import { createMemoryStore } from "../testing/memory-store.js";
import { opaqueStore } from "./opaque-store.js";

const SAME = { "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors" };
const CLEARED = "__Host-session=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax";
const NOWHERE = "x".repeat(43);

interface Options {
  readonly home?: SessionHome;
  readonly deviceLabel?: (userAgent: string) => string | undefined;
  readonly sessions?: "all" | "too_large";
  readonly more?: Parameters<typeof testAuth>[0];
}

/** Several isolates, where each gets what the first one was given. */
function world({ home, deviceLabel, sessions, more = {} }: Options = {}) {
  const time = { now: START };
  const now = () => time.now;
  const shared = {
    keyring: parseSessionKeys(generateSessionKeys()),
    ledger: createLocalLedger({ now }),
    store: opaqueStore({
      home: home ?? createMemorySessions({ now }),
      ...(deviceLabel && { deviceLabel }),
      ...(sessions && { sessions }),
    }),
    now,
    auditClient: (request: Request) => ({
      userAgent: decodeURIComponent(request.headers.get("X-Agent") ?? ""),
      ipAddress: request.headers.get("X-Address") ?? "",
    }),
    ...more,
  };
  return { time, isolate: () => testAuth(shared) };
}

/** Devices of one person, each a session of its own at the provider. */
async function devices(kit: TestAuth, count: number, claims: Record<string, unknown> = {}): Promise<Browser[]> {
  const browsers: Browser[] = [];
  for (let i = 0; i < count; i++) {
    kit.answers.exchange = () => kit.tokens({ sid: `sid_${i}`, ...claims });
    browsers.push(await enter(kit, `device-${i}/1.0`));
    kit.clock.now += 1;
  }
  kit.calls.length = 0;
  kit.events.length = 0;
  return browsers;
}

async function enter(kit: TestAuth, agent: string, address = "192.0.2.1"): Promise<Browser> {
  const browser = new Browser(kit);
  const state = await browser.start();
  const headers = { "X-Agent": encodeURIComponent(agent.toWellFormed()), "X-Address": address };
  await browser.send(`/auth/callback?code=code_1&state=${encodeURIComponent(state)}`, { headers });
  return browser;
}

async function listOf(browser: Browser): Promise<DeviceSession[]> {
  const response = await browser.send("/auth/sessions", { headers: SAME });
  expect(response.status).toBe(200);
  expect(response.headers.get("Cache-Control")).toBe("private, no-store");
  return (await response.json()).sessions;
}

const end = (browser: Browser, path: string, headers: Record<string, string> = {}) =>
  browser.send(`/auth/sessions${path}`, { method: "DELETE", headers: { ...SAME, ...headers } });
const state = async (browser: Browser) => (await (await browser.send("/auth/me")).json()).state;
const currentOf = (list: readonly DeviceSession[]) => list.find(({ current }) => current)?.id ?? "";

describe("who may list and end", () => {
  test("another person's id is 404, with the bytes of an id that nobody has, and nothing ends", async () => {
    const { isolate } = world();
    const kit = isolate();
    const [mine] = await devices(kit, 1);
    kit.answers.exchange = async () => ({
      ...(await kit.tokens({ sub: "user_2", sid: "sid_2" })),
      user: { id: "user_2" },
    });
    const other = await enter(kit, "other/1.0");
    if (!mine) throw new Error("nobody");
    const theirs = currentOf(await listOf(other));
    kit.events.length = 0;
    const answers = await Promise.all(
      [theirs, NOWHERE, "x", "%41", "..%20", `${theirs}x`].map((id) => end(mine, `/${id}`)),
    );
    for (const answer of answers) {
      expect(answer.status).toBe(404);
      expect(await answer.text()).toBe('{"error":"not_found"}');
      expect(answer.headers.getSetCookie()).toEqual([]);
    }
    expect(await state(other)).toBe("authenticated");
    expect((await listOf(mine)).map(({ userAgent }) => userAgent)).toEqual(["device-0/1.0"]);
    expect(kit.events[0]).toMatchObject({ type: "not_found", reason: "session", userId: "user_1" });
    expect(asked(kit, "revoke")).toEqual([]);
  });

  test("the same person of another realm or provider has another shelf", async () => {
    const time = { now: START };
    const home = createMemorySessions({ now: () => time.now });
    const keyring = parseSessionKeys(generateSessionKeys());
    const kits = [{ realm: "a" }, { realm: "b" }, { realm: "a", providerName: "other" }].map((more) =>
      testAuth({ store: opaqueStore({ home }), keyring, ...more }),
    );
    const browsers = await Promise.all(kits.map((kit) => enter(kit, "one/1.0")));
    const lists = await Promise.all(browsers.map(listOf));
    expect(lists.map(({ length }) => length)).toEqual([1, 1, 1]);
    const [first] = browsers;
    const [, second = []] = lists;
    if (!first) throw new Error("nobody");
    expect((await end(first, `/${currentOf(second)}`)).status).toBe(404);
    expect((await end(first, "?all=true")).status).toBe(200);
    expect(await Promise.all(browsers.map(state))).toEqual(["anonymous", "authenticated", "authenticated"]);
  });

  test.each([
    ["GET", "/auth/sessions"],
    ["DELETE", "/auth/sessions"],
    ["DELETE", `/auth/sessions/${NOWHERE}`],
  ])("nobody is told anything by %s %s: 401, for a program with a header token as well", async (method, path) => {
    const kit = world().isolate();
    const token = (await kit.tokens()).accessToken;
    for (const headers of [
      SAME,
      { ...SAME, Authorization: `Bearer ${token}` },
      { ...SAME, Cookie: "__Host-session=eo1.x.y" },
    ]) {
      const answer = await new Browser(kit).send(path, { method, headers });
      expect(answer.status).toBe(401);
      expect(await answer.json()).toEqual({ error: "unauthenticated", loginUrl: "/auth/login" });
    }
  });

  test("CS-01 a page of another site ends nothing: 403 csrf", async () => {
    const kit = world().isolate();
    const [browser, other] = await devices(kit, 2);
    if (!browser || !other) throw new Error("nobody");
    const id = currentOf(await listOf(other));
    for (const path of ["", "?all=true", `/${id}`]) {
      for (const site of [{ "Sec-Fetch-Site": "cross-site" }, { "Sec-Fetch-Site": "same-site" }]) {
        const answer = await end(browser, path, site);
        expect(answer.status).toBe(403);
        expect(await answer.json()).toEqual({ error: "csrf" });
      }
    }
    expect(await listOf(browser)).toHaveLength(2);
  });

  test.each([
    ["POST", "/auth/sessions", "GET, DELETE"],
    ["PUT", "/auth/sessions", "GET, DELETE"],
    ["GET", `/auth/sessions/${NOWHERE}`, "DELETE"],
    ["POST", `/auth/sessions/${NOWHERE}`, "DELETE"],
  ])("%s %s is 405 with Allow: %s", async (method, path, allow) => {
    const answer = await new Browser(world().isolate()).send(path, { method, headers: SAME });
    expect([answer.status, answer.headers.get("Allow")]).toEqual([405, allow]);
  });

  test("a tab that shows another organisation ends nothing and sees nothing: 409", async () => {
    const kit = world().isolate();
    const [browser] = await devices(kit, 1, { org_id: "org_1" });
    if (!browser) throw new Error("nobody");
    const wrong = { "X-Expected-Org": "org_2" };
    expect((await browser.send("/auth/sessions", { headers: { ...SAME, ...wrong } })).status).toBe(409);
    expect((await end(browser, "?all=true", wrong)).status).toBe(409);
    expect((await end(browser, `/${NOWHERE}`, wrong)).status).toBe(409);
    expect((await end(browser, "", { "X-Expected-Org": "org_1" })).status).toBe(200);
    expect(await state(browser)).toBe("authenticated");
  });

  test("what else stands in the query is refused: a slip must not end less than was meant", async () => {
    const kit = world().isolate();
    const [browser] = await devices(kit, 2);
    if (!browser) throw new Error("nobody");
    for (const query of ["?all", "?all=1", "?all=TRUE", "?all=true&all=true", "?everything=true", "?all=true&x=1"]) {
      const answer = await end(browser, query);
      expect(answer.status).toBe(400);
      expect(await answer.json()).toEqual({ error: "invalid_request" });
    }
    expect(await listOf(browser)).toHaveLength(2);
  });
});

describe("a list of sessions", () => {
  test("says who, since when and from where, newest first, and nothing of an id, a key, a token or a seal", async () => {
    const { time, isolate } = world({ deviceLabel: (agent) => (agent.startsWith("tab") ? "Tablet" : undefined) });
    const kit = isolate();
    kit.clock.now = time.now;
    const phone = await enter(kit, "phone/1.0");
    time.now += 100;
    kit.answers.exchange = () => kit.tokens({ org_id: "org_1", sid: "sid_2", iat: time.now, exp: time.now + 300 });
    const tablet = await enter(kit, "tab/2.0", "2001:db8::1");
    const response = await tablet.send("/auth/sessions", { headers: SAME });
    const text = await response.text();
    const { sessions } = JSON.parse(text);
    const id = expect.stringMatching(/^[\w-]{43}$/);
    expect(sessions).toEqual([
      {
        id,
        createdAt: START + 100,
        seenAt: START + 100,
        device: "Tablet",
        userAgent: "tab/2.0",
        ipAddress: "2001:db8::1",
        organizationId: "org_1",
        current: true,
      },
      { id, createdAt: START, seenAt: START, userAgent: "phone/1.0", ipAddress: "192.0.2.1", current: false },
    ]);
    const cookies = [phone, tablet].map((browser) => browser.jar.get("__Host-session") ?? "none");
    for (const cookie of cookies) {
      for (const part of cookie.split(".").filter((one) => one.length > 20)) expect(text).not.toContain(part);
    }
    expect(text).not.toContain("refresh-");
  });

  test("ST-05 a sign-in and an ending are seen by the next question, in another isolate, too", async () => {
    const { isolate } = world();
    const [here, there] = [isolate(), isolate()];
    const [first] = await devices(here, 1);
    if (!first) throw new Error("nobody");
    there.answers.exchange = () => there.tokens({ sid: "sid_9" });
    const second = await enter(there, "second/1.0");
    const list = await listOf(first);
    expect(list.map(({ userAgent }) => userAgent).toSorted()).toEqual(["device-0/1.0", "second/1.0"]);
    expect((await end(first, `/${currentOf(await listOf(second))}`)).status).toBe(204);
    expect(await listOf(first)).toHaveLength(1);
    expect(await state(second)).toBe("anonymous");
  });

  test("whatever a client calls itself comes as JSON, on one line of at most 256 characters", async () => {
    const agents = fc.oneof(
      fc.string({ unit: "binary", maxLength: 5_000 }),
      fc.constantFrom(
        "<script>alert(1)</script>",
        "a\u0000b\u001b[31mc\r\nSet-Cookie: x=y\u2028\u202e",
        "x".repeat(4_096),
        "\ud800\udfff\ud800",
        '","current":true,"x":"',
      ),
    );
    await fc.assert(
      fc.asyncProperty(agents, async (agent) => {
        const time = { now: START };
        const home = createMemorySessions({ now: () => time.now });
        const kit = testAuth({ store: opaqueStore({ home }), auditClient: () => ({ userAgent: agent }) });
        const browser = await enter(kit, "");
        const response = await browser.send("/auth/sessions", { headers: SAME });
        expect(response.headers.get("Content-Type")).toBe("application/json");
        expect(response.headers.get("X-Content-Type-Options")).toBe("nosniff");
        const [shown] = (await response.json()).sessions;
        const { userAgent = "" } = shown;
        expect(userAgent.length).toBeLessThanOrEqual(256);
        expect(userAgent.isWellFormed()).toBe(true);
        expect(userAgent).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(shown.current).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  test.each<[string, (agent: string) => string | undefined]>([
    ["throws", () => { throw new TypeError("bad agent"); }], // biome-ignore format: one line per fault
    ["says nothing", () => ""],
    // @ts-expect-error reached from JavaScript
    ["says something else", () => ({ name: "x" })],
  ])("a label that %s hides no session", async (_, deviceLabel) => {
    const kit = world({ deviceLabel }).isolate();
    const [browser] = await devices(kit, 1);
    if (!browser) throw new Error("nobody");
    const [shown] = await listOf(browser);
    expect(shown?.userAgent).toBe("device-0/1.0");
    expect(shown).not.toHaveProperty("device");
  });
});

describe("ending sessions", () => {
  test("MB-06 one: refused at its next request in an isolate that knows it well, ended at the provider, told once", async () => {
    const { isolate } = world();
    const [here, there] = [isolate(), isolate()];
    const [mine, lost] = await devices(here, 2);
    if (!mine || !lost) throw new Error("nobody");
    const far = new Browser(there);
    for (const [name, value] of lost.jar) far.jar.set(name, value);
    expect(await state(far)).toBe("authenticated");
    const list = await listOf(mine);
    const current = currentOf(list);
    const id = list.find((one) => !one.current)?.id ?? "";
    const answer = await end(mine, `/${id}`);
    expect(answer.status).toBe(204);
    expect(await answer.text()).toBe("");
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect(await state(far)).toBe("anonymous");
    await here.settle();
    expect(here.events).toMatchObject([
      { type: "sessions_revoked", reason: "person", userId: "user_1", sessionId: id, detail: `by session ${current}` },
    ]);
    expect(asked(here, "revoke")).toEqual([
      { method: "revoke", input: { sid: "sid_1", refreshToken: expect.any(String) } },
    ]);
    expect((await end(mine, `/${id}`)).status).toBe(404);
    expect(await state(mine)).toBe("authenticated");
  });

  test("MB-06 all others: the one that asks stays, with its cookie", async () => {
    const kit = world().isolate();
    const [mine, ...others] = await devices(kit, 3);
    if (!mine) throw new Error("nobody");
    const answer = await end(mine, "");
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ ended: 2 });
    expect(answer.headers.getSetCookie()).toEqual([]);
    await kit.settle();
    expect(kit.events).toMatchObject([{ type: "sessions_revoked", reason: "person", count: 2 }]);
    expect(asked(kit, "revoke")).toHaveLength(2);
    expect(await Promise.all(others.map(state))).toEqual(["anonymous", "anonymous"]);
    expect(await listOf(mine)).toHaveLength(1);
    expect(await (await end(mine, "")).json()).toEqual({ ended: 0 });
  });

  test.each(["?all=true", "current"])(
    "the one that asks as well (%s): its cookie goes with the answer",
    async (path) => {
      const kit = world().isolate();
      const [mine, other] = await devices(kit, 2);
      if (!mine || !other) throw new Error("nobody");
      const answer = await end(mine, path === "current" ? `/${currentOf(await listOf(mine))}` : path);
      expect(answer.status).toBe(path === "current" ? 204 : 200);
      expect(answer.headers.getSetCookie()).toEqual([CLEARED]);
      expect(await state(mine)).toBe("anonymous");
      expect(await state(other)).toBe(path === "current" ? "authenticated" : "anonymous");
    },
  );

  test("a copy of the cookie that asked to end itself is refused as well", async () => {
    const kit = world().isolate();
    const [mine] = await devices(kit, 1);
    if (!mine) throw new Error("nobody");
    const copy = new Browser(kit);
    for (const [name, value] of mine.jar) copy.jar.set(name, value);
    await end(mine, "?all=true");
    expect(await state(copy)).toBe("anonymous");
  });

  test("a session of the provider that the remaining one rests on is left alone there", async () => {
    const kit = world().isolate();
    const [mine, other] = await devices(kit, 2, { sid: "sid_shared" });
    if (!mine || !other) throw new Error("nobody");
    expect(await (await end(mine, "")).json()).toEqual({ ended: 1 });
    await kit.settle();
    expect(asked(kit, "revoke")).toEqual([]);
    expect(await state(other)).toBe("anonymous");
    expect(await state(mine)).toBe("authenticated");
  });

  test("a refresh under way does not bring an ended session back: its new tokens are taken back", async () => {
    const { time, isolate } = world();
    const kit = isolate();
    const [mine, other] = await devices(kit, 2);
    if (!mine || !other) throw new Error("nobody");
    time.now += 290;
    const gate = Promise.withResolvers<void>();
    kit.answers.refresh = async () => {
      await gate.promise;
      return kit.tokens({ sid: "sid_1", iat: time.now, exp: time.now + 300 });
    };
    const answering = other.send("/auth/refresh", { method: "POST", headers: SAME });
    await expect.poll(() => asked(kit, "refresh").length).toBeGreaterThan(0);
    // The one that asks is due, too; its token still lives.
    const ending = end(mine, "");
    gate.resolve();
    expect(await (await ending).json()).toEqual({ ended: 1 });
    await answering;
    await kit.settle();
    expect(await state(other)).toBe("anonymous");
  });

  test("of sixty, fifty end at the provider, and all are refused", async () => {
    const kit = world().isolate();
    const browsers = await devices(kit, 61);
    const mine = browsers.at(-1);
    const oldest = browsers[0];
    if (!mine || !oldest) throw new Error("nobody");
    expect(await (await end(mine, "")).json()).toEqual({ ended: 60 });
    await kit.settle();
    expect(asked(kit, "revoke")).toHaveLength(50);
    expect(await listOf(mine)).toHaveLength(1);
    expect(await state(oldest)).toBe("anonymous");
  });

  test("a ledger and a revocation that fail change nothing of the answer, and are told", async () => {
    const down = () => Promise.reject(new Error("down"));
    const revocation = createRevocation({
      store: { getByName: () => ({ ended: async () => ({}), end: down }) },
      whenDown: "open",
    });
    const ledger = { getByName: () => ({ claim: down, settle: down, spend: async () => true }) };
    for (const [more, type] of [
      [{ ledger }, "ledger_unreachable"],
      [{ revocation }, "store_unreachable"],
    ] as const) {
      const kit = world({ more }).isolate();
      const [mine, other] = await devices(kit, 2);
      if (!mine || !other) throw new Error("nobody");
      expect(await (await end(mine, "")).json()).toEqual({ ended: 1 });
      await kit.settle();
      expect(kit.events.map((event) => event.type)).toEqual(["sessions_revoked", type]);
      expect(await state(other)).toBe("anonymous");
    }
  });

  test("what is left of it in a sealed cookie is refused by a gateway that asks `revocation` alone", async () => {
    const revocation = createRevocation({ store: createMemoryRevocation(), whenDown: "closed" });
    const kit = world({ more: { revocation } }).isolate();
    const [mine, other] = await devices(kit, 2);
    if (!mine || !other) throw new Error("nobody");
    const name = currentOf(await listOf(other));
    await end(mine, `/${name}`);
    await kit.settle();
    const asked = { name, userId: "user_1", createdAt: START, tokenIssuedAt: START };
    expect(await revocation.check(asked, { realm: "", provider: "test" })).toMatchObject({ state: "ended" });
  });
});

describe("a store that fails", () => {
  function failing() {
    const time = { now: START };
    const home = createMemorySessions({ now: () => time.now });
    const down = new Set<keyof SessionShelf>();
    const calls: string[] = [];
    const broken: SessionHome = {
      getByName(person) {
        const shelf = home.getByName(person);
        async function call<Answer>(name: keyof SessionShelf, answer: () => Promise<Answer>): Promise<Answer> {
          calls.push(name);
          if (down.has(name)) throw new Error("Durable Object reset because its code was updated.");
          return answer();
        }
        return {
          load: (...what) => call("load", () => shelf.load(...what)),
          save: (...what) => call("save", () => shelf.save(...what)),
          end: (...what) => call("end", () => shelf.end(...what)),
          list: () => call("list", async () => (await shelf.list?.()) ?? []),
        };
      },
    };
    return { home: broken, down, calls };
  }

  test.each(["load", "list", "end"] as const)(
    "ST-04 %s: 503, nobody is signed out, nothing ended, and it is told",
    async (part) => {
      const { home, down } = failing();
      const kit = world({ home }).isolate();
      const [mine, other] = await devices(kit, 2);
      if (!mine || !other) throw new Error("nobody");
      const id = currentOf(await listOf(other));
      down.add(part);
      const paths = part === "list" ? [`/${id}`] : ["", "?all=true", `/${id}`];
      for (const path of paths) {
        const answer = await end(mine, path);
        expect(answer.status).toBe(503);
        expect(await answer.json()).toEqual({ error: "unavailable" });
        expect(answer.headers.get("Retry-After")).not.toBeNull();
        expect(answer.headers.getSetCookie()).toEqual([]);
      }
      if (part !== "end") expect((await mine.send("/auth/sessions", { headers: SAME })).status).toBe(503);
      expect(kit.events.map(({ type }) => type)).toContain("store_unreachable");
      expect(kit.events.map(({ type }) => type)).not.toContain("sessions_revoked");
      down.clear();
      expect(await listOf(mine)).toHaveLength(2);
      expect(asked(kit, "revoke")).toEqual([]);
    },
  );

  test("made-up ids leave no trace in the store", async () => {
    const { home, calls } = failing();
    const kit = world({ home }).isolate();
    const [mine] = await devices(kit, 1);
    if (!mine) throw new Error("nobody");
    calls.length = 0;
    await end(mine, `/${NOWHERE}`);
    expect(calls).toEqual(["load", "list"]);
  });
});

describe("where nobody can say what sessions there are", () => {
  test.each<[string, () => Options]>([
    [
      "a key-value store",
      () => ({ home: kvSessions(createMemoryStore({ now: () => START, delaySeconds: 0 }), { now: () => START }) }),
    ],
    ["some sessions in sealed cookies", () => ({ sessions: "too_large" })],
  ])("%s: 404 not_enabled, and the methods throw", async (_, options) => {
    const kit = world(options()).isolate();
    const [mine] = await devices(kit, 1);
    if (!mine) throw new Error("nobody");
    for (const answer of [
      await mine.send("/auth/sessions", { headers: SAME }),
      await end(mine, ""),
      await end(mine, `/${NOWHERE}`),
    ]) {
      expect(answer.status).toBe(404);
      expect(await answer.json()).toEqual({ error: "not_enabled" });
    }
    const request = () => mine.request("/account");
    for (const call of [
      () => kit.auth.sessions(request()),
      () => kit.auth.endSession(request(), NOWHERE),
      () => kit.auth.endSessions(request(), { except: "none" }),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: "config_invalid" });
    }
    expect(await state(mine)).toBe("authenticated");
  });
});

describe("the methods of an auth", () => {
  test("list and end as the routes do, and answer through the visitor", async () => {
    const kit = world().isolate();
    const [mine, other] = await devices(kit, 2);
    if (!mine || !other) throw new Error("nobody");
    const request = mine.request("/account");
    const list = await kit.auth.sessions(request, kit.background);
    if (!list.ok) throw new Error("not listed");
    expect(list.sessions).toHaveLength(2);
    const id = list.sessions.find(({ current }) => !current)?.id ?? "";
    expect(await kit.auth.endSession(request, id, kit.background)).toMatchObject({
      ok: true,
      ended: 1,
      auth: { state: "authenticated" },
    });
    expect(await kit.auth.endSession(request, id, kit.background)).toMatchObject({ ok: false, reason: "not_found" });
    const all = await kit.auth.endSessions(request, { except: "none" });
    if (!all.ok) throw new Error("not ended");
    expect(all).toMatchObject({ ended: 1, auth: { state: "anonymous", reason: "session_over" } });
    expect(all.auth.apply(new Response("bye")).headers.getSetCookie()).toEqual([CLEARED]);
    expect(await kit.auth.endSessions(request, { except: "none" })).toMatchObject({
      ok: false,
      reason: "unauthenticated",
    });
    expect(await kit.auth.sessions(new Request(ORIGIN))).toMatchObject({ ok: false, auth: { state: "anonymous" } });
  });

  test("another `except` ends nothing: it would end them all", async () => {
    const kit = world().isolate();
    const [mine] = await devices(kit, 2);
    if (!mine) throw new Error("nobody");
    // @ts-expect-error reached from JavaScript
    await expect(kit.auth.endSessions(mine.request("/"), { except: "others" })).rejects.toThrow(RangeError);
    expect(await listOf(mine)).toHaveLength(2);
  });

  test("after a password reset, code of the app ends all of them", async () => {
    const kit = world().isolate();
    const browsers = await devices(kit, 3);
    await kit.auth.revoke({ kind: "user", userId: "user_1" }, kit.background);
    expect(await Promise.all(browsers.map(state))).toEqual(["anonymous", "anonymous", "anonymous"]);
  });
});
