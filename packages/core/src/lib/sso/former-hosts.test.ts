import { expect, test } from "vitest";
import { BLOG, HUB, SHOP, signedInTab } from "../../../test/sso-kit.js";

const SESSION = "__Host-session";
const SAME_ORIGIN = { "Sec-Fetch-Site": "same-origin", "Content-Type": "application/json" };
const stateOf = async (response: Response) => ((await response.json()) as { state: string }).state;

/** Somebody with a session on both destinations; `gone` is what the look-up says of the blog from then on. */
async function visitor() {
  let blog: () => boolean | Promise<boolean> = () => true;
  const tab = await signedInTab({ destinations: (origin) => (origin === BLOG ? blog() : origin === SHOP) });
  await tab.open(`${BLOG}/posts/1`);
  await tab.open(`${SHOP}/posts/1`);
  const { kit } = tab.world;
  kit.events.length = 0;
  return {
    tab,
    kit,
    answer(says: typeof blog) {
      blog = says;
      kit.clock.now += 301;
    },
    refreshes: () => kit.calls.filter(({ method }) => method === "refresh").length,
  };
}

test("SS-09 cookies that were collected on a host which left the network get no new tokens there", async () => {
  const { tab, kit, answer, refreshes } = await visitor();
  const headers = { Cookie: `${SESSION}=${tab.jar(BLOG).get(SESSION)}`, "Sec-Fetch-Mode": "cors" };
  answer(() => false);
  const calls = [
    await tab.send(`${BLOG}/posts/1`, { headers }),
    await tab.send(`${BLOG}/auth/me`, { headers }),
    await tab.send(`${BLOG}/auth/refresh`, { method: "POST", headers: { ...headers, ...SAME_ORIGIN } }),
    await tab.send(`${BLOG}/auth/switch-org`, {
      method: "POST",
      headers: { ...headers, ...SAME_ORIGIN },
      body: JSON.stringify({ organizationId: "org_2" }),
    }),
  ];
  expect(calls.map(({ status }) => status)).toEqual([200, 200, 401, 401]);
  for (const response of calls.slice(0, 2)) expect(await stateOf(response)).toBe("anonymous");
  expect(refreshes()).toBe(0);
  await kit.settle();
  expect(kit.events).toContainEqual(expect.objectContaining({ type: "session_expired", reason: "host_unknown" }));
  expect(tab.jar(BLOG).has(SESSION)).toBe(false);
  for (const origin of [HUB, SHOP]) {
    expect(await stateOf(await tab.send(`${origin}/posts/1`))).toBe("authenticated");
  }
});

test.each<[string, () => Promise<boolean>]>([
  ["throws", () => Promise.reject(new Error("D1_ERROR"))],
  ["hangs", () => new Promise(() => {})],
])("a look-up that %s puts nobody out", async (_, says) => {
  const { tab, answer, refreshes } = await visitor();
  answer(says);
  expect(await stateOf(await tab.send(`${BLOG}/posts/1`))).toBe("authenticated");
  expect(refreshes()).toBe(1);
});

test("a host that is known is looked up once a minute, and only where tokens are due", async () => {
  const { tab, kit, answer } = await visitor();
  let asked = 0;
  answer(() => {
    asked += 1;
    return true;
  });
  for (const path of ["/posts/1", "/posts/2"]) {
    expect(await stateOf(await tab.send(BLOG + path))).toBe("authenticated");
    kit.clock.now += 61;
  }
  expect(asked).toBe(1);
});
