import { expect, test } from "vitest";
import { type TestAuth, testAuth } from "../../../test/auth-kit.js";
import { BLOG, HUB, SHOP, type SsoWorld, Tab } from "../../../test/sso-kit.js";
import { createGuard } from "../auth/guard.js";
import type { AuthOptions } from "../auth/options.js";
import { opaqueStore } from "../flow/opaque-store.js";
import { generateSessionKeys } from "../seal/generate-session-keys.js";
import { parseSessionKeys } from "../seal/parse-session-keys.js";
import { createLocalLedger } from "../session/local-ledger.js";
import { createMemorySessions } from "../testing/memory-sessions.js";
import { ssoDestination } from "./sso-destination.js";
import { ssoHub } from "./sso-hub.js";

const SESSION = "__Host-session";
const SCRIPT = { headers: { "Sec-Fetch-Mode": "cors" } };
const LEAVING = { method: "POST", headers: { "Sec-Fetch-Site": "same-origin" } };
const stateOf = async (response: Response) => ((await response.json()) as { state: string }).state;

interface Deployed {
  readonly tab: Tab;
  readonly hub: TestAuth;
  readonly destination: TestAuth;
  readonly clock: { now: number };
  settle(): Promise<void>;
}

/** A Worker that is the hub, with its sessions in a store, and one for two destinations. One ledger and one key ring. */
async function deployed(more: { readonly refreshTokenLength?: number } = {}): Promise<Deployed> {
  const clock = { now: 1_800_000_000 };
  const now = (): number => clock.now;
  const shared: Partial<AuthOptions> = {
    keyring: parseSessionKeys(generateSessionKeys()),
    ledger: createLocalLedger({ now }),
    now,
  };
  const store = opaqueStore({ home: createMemorySessions({ now }) });
  const hub = testAuth({ ...shared, sso: ssoHub({ destinations: [BLOG, SHOP], now }), store });
  const destination = testAuth({ ...shared, sso: ssoDestination({ hub: HUB, silent: { paths: ["/posts/*"] } }) });
  let given = 0;
  for (const kit of [hub, destination]) {
    const tokens = async () => {
      given += 1;
      const fresh = await kit.tokens({ iat: clock.now, exp: clock.now + 300 });
      return { ...fresh, refreshToken: incompressible(`refresh ${given} `, more.refreshTokenLength ?? 0) };
    };
    kit.answers.exchange = tokens;
    kit.answers.refresh = tokens;
  }
  const guard = createGuard({ publicPaths: ["/posts/*"], now });
  const world: SsoWorld = {
    kit: hub,
    storage: [],
    ledger: { down: false },
    async fetch(request) {
      const kit = new URL(request.url).origin === HUB ? hub : destination;
      const admission = await guard.admit(kit.auth, request, kit.background);
      if ("answer" in admission) return admission.answer;
      return admission.finish(Response.json(admission.visitor));
    },
  };
  const tab = new Tab(world);
  await tab.signIn();
  return {
    tab,
    hub,
    destination,
    clock,
    async settle() {
      await hub.settle();
      await destination.settle();
    },
  };
}

function incompressible(start: string, length: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(length));
  return (
    start +
    Array.from(bytes, (byte) => "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ*!#+=~?;:,._"[byte % 64]).join("")
  );
}

test("hosts of different rhythms share one session, and no refresh token is spent twice", async () => {
  const { tab, hub, destination, clock, settle } = await deployed();
  for (const origin of [BLOG, SHOP]) await tab.open(`${origin}/posts/1`);
  for (let visit = 0; visit < 60; visit++) {
    clock.now += [30, 301, 400, 4_000][visit % 4] ?? 0;
    const origin = [BLOG, HUB, BLOG, BLOG, SHOP, BLOG, HUB][visit % 7] ?? HUB;
    const answered = await stateOf(await tab.send(`${origin}/posts/1`, SCRIPT));
    await settle();
    expect([visit, origin, answered]).toEqual([visit, origin, "authenticated"]);
  }
  const spent = [hub, destination].flatMap(({ calls }) => calls.filter(({ method }) => method === "refresh"));
  expect(new Set(spent.map(({ input }) => JSON.stringify(input))).size).toBe(spent.length);
  const told = [...hub.events, ...destination.events].map(({ type }) => type);
  expect(told).not.toContain("refresh_reuse");
});

test("a log-out on a destination ends the hub's stored session when its token is due, and no ticket comes of it before", async () => {
  const { tab, clock, settle } = await deployed();
  await tab.open(`${BLOG}/posts/1`);
  expect((await tab.send(`${BLOG}/auth/logout`, LEAVING)).status).toBe(303);
  await settle();
  expect(await stateOf((await tab.open(`${SHOP}/posts/1`)).response)).toBe("anonymous");
  clock.now += 301;
  expect(await stateOf(await tab.send(`${HUB}/posts/1`))).toBe("anonymous");
});

test("a stored session that fits no address: a public page is shown, a sign-in says what is wrong, nothing breaks", async () => {
  const { tab, hub, settle } = await deployed({ refreshTokenLength: 16_000 });
  expect(await stateOf(await tab.send(`${HUB}/posts/1`))).toBe("authenticated");
  const { response, way, url } = await tab.open(`${BLOG}/posts/1`);
  expect([way.length, url.href, await stateOf(response)]).toEqual([4, `${BLOG}/posts/1`, "anonymous"]);
  await settle();
  expect(hub.events).toContainEqual(expect.objectContaining({ type: "session_too_large", reason: BLOG }));
  const login = await tab.open(`${BLOG}/auth/login?returnTo=/posts/1`);
  expect([login.response.status, login.url.origin]).toEqual([500, HUB]);
  expect(await login.response.text()).toContain("session_too_large");
  expect(await stateOf(await tab.send(`${HUB}/posts/1`))).toBe("authenticated");
});

test("a session that fits an address and no cookies of the destination: the same", async () => {
  const { tab, destination, settle } = await deployed({ refreshTokenLength: 11_400 });
  const { response, way } = await tab.open(`${BLOG}/posts/1`);
  expect([way.length, await stateOf(response)]).toEqual([4, "anonymous"]);
  expect(tab.jar(BLOG).has(SESSION)).toBe(false);
  const login = await tab.open(`${BLOG}/auth/login?returnTo=/posts/1`);
  expect([login.response.status, login.url.pathname]).toEqual([500, "/auth/sso/callback"]);
  await settle();
  expect(destination.events).toContainEqual(
    expect.objectContaining({ type: "login_failure", reason: "session_too_large" }),
  );
});
