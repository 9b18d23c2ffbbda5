import { expect, test } from "vitest";
import { testAuth } from "../../../test/auth-kit.js";
import { BLOG, HUB, SHOP, type SsoWorld, signedInTab, Tab } from "../../../test/sso-kit.js";
import { randomFrom } from "../../../test/virtual-time.js";
import { createGuard } from "../auth/guard.js";
import { generateSessionKeys } from "../seal/generate-session-keys.js";
import { parseSessionKeys } from "../seal/parse-session-keys.js";
import { createLocalLedger } from "../session/local-ledger.js";
import { ssoNetwork } from "./sso-network.js";

const SESSION = "__Host-session";
const SCRIPT = { headers: { "Sec-Fetch-Mode": "cors" } };
const stateOf = async (response: Response) => ((await response.json()) as { state: string }).state;

/** One network in three isolates, which share keys and ledger; each request meets one of them by chance. */
function threeIsolates(random: () => number) {
  const clock = { now: 1_800_000_000 };
  const now = (): number => clock.now;
  const shared = { keyring: parseSessionKeys(generateSessionKeys()), ledger: createLocalLedger({ now }), now };
  const sso = () => ssoNetwork({ hub: HUB, destinations: [BLOG, SHOP], silent: { paths: ["/silent"] }, now });
  const isolates = Array.from({ length: 3 }, () => testAuth({ ...shared, sso: sso() }));
  let given = 0;
  for (const kit of isolates) {
    const tokens = async () => {
      given += 1;
      const fresh = await kit.tokens({ iat: clock.now, exp: clock.now + 300 });
      return { ...fresh, refreshToken: `refresh ${given}` };
    };
    kit.answers.exchange = tokens;
    kit.answers.refresh = tokens;
  }
  const [kit = testAuth()] = isolates;
  const guard = createGuard({ publicPaths: ["/silent", "/posts/*"], now });
  const world: SsoWorld = {
    kit,
    storage: [],
    ledger: { down: false },
    async fetch(request) {
      const isolate = isolates[Math.floor(random() * isolates.length)] ?? kit;
      const admission = await guard.admit(isolate.auth, request, isolate.background);
      if ("answer" in admission) return admission.answer;
      return admission.finish(Response.json(admission.visitor));
    },
  };
  return { clock, isolates, tab: new Tab(world) };
}

function pauseBy(random: () => number): number {
  if (random() < 0.5) return Math.floor(random() * 60);
  return Math.floor(random() * (random() < 0.7 ? 700 : 20_000));
}

test.each([1, 2, 3, 4, 5, 6])(
  "RF-21 hosts visited in any rhythm, tabs at once, answers that are lost: nobody is put out, no token spent twice (%i)",
  async (seed) => {
    const random = randomFrom(seed);
    const { clock, isolates, tab } = threeIsolates(random);
    await tab.open(`${HUB}/private`);
    for (const origin of [BLOG, SHOP]) await tab.open(`${origin}/silent`);
    // Some hosts far more often than others.
    const hosts = [0, 1, 2, ...Array.from({ length: 9 }, () => Math.floor(random() ** 2 * 3))];
    for (let visit = 0; visit < 40; visit++) {
      clock.now += pauseBy(random);
      const origin = [HUB, BLOG, SHOP][hosts[Math.floor(random() * hosts.length)] ?? 0] ?? HUB;
      const tabs = Array.from({ length: 1 + Math.floor(random() * 3) }, () => tab.request(`${origin}/posts/1`, SCRIPT));
      for (const response of await Promise.all(tabs.map((request) => tab.world.fetch(request)))) {
        expect([visit, origin, await stateOf(response.clone())]).toEqual([visit, origin, "authenticated"]);
        if (random() < 0.7) tab.take(origin, response);
      }
      for (const isolate of isolates) await isolate.settle();
    }
    const spent = isolates.flatMap(({ calls }) => calls.filter(({ method }) => method === "refresh"));
    expect(new Set(spent.map(({ input }) => JSON.stringify(input))).size).toBe(spent.length);
    expect(isolates.flatMap(({ events }) => events.map(({ type }) => type))).not.toContain("refresh_reuse");
  },
);

test("RF-05 an old cookie of one host is still told from a current one there, and its owner stays in", async () => {
  const tab = await signedInTab();
  const { kit } = tab.world;
  for (const origin of [BLOG, SHOP]) await tab.open(`${origin}/posts/1`);
  const stolen = `${SESSION}=${tab.jar(BLOG).get(SESSION)}`;
  for (let round = 0; round < 6; round++) {
    kit.clock.now += 301;
    for (const origin of [BLOG, SHOP, HUB]) await tab.send(`${origin}/posts/1`);
  }
  kit.clock.now += 400;
  const thief = await tab.world.fetch(new Request(`${BLOG}/auth/me`, { headers: { Cookie: stolen } }));
  expect(await thief.json()).toEqual({ state: "anonymous" });
  expect(kit.events.map(({ type }) => type)).toContain("refresh_reuse");
  for (const origin of [BLOG, SHOP, HUB]) {
    expect(await stateOf(await tab.send(`${origin}/posts/1`))).toBe("authenticated");
  }
});
