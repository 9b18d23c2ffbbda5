import { expect, test } from "vitest";
import { asked, Browser, testAuth } from "../../../test/auth-kit.js";
import type { KeyValueStore } from "../base/ports.js";
import { generateSessionKeys } from "../seal/generate-session-keys.js";
import { parseSessionKeys } from "../seal/parse-session-keys.js";

const DAY = 86_400;

function memoryStore(): KeyValueStore {
  const kept = new Map<string, string>();
  return {
    get: async (key: string) => kept.get(key) ?? null,
    put: async (key: string, value: string) => void kept.set(key, value),
    delete: async (key: string) => void kept.delete(key),
  };
}

test("JW-15, JW-16 the key endpoint is down for 24 hours: nobody is rejected, sessions go on being renewed", async () => {
  const keyCache = memoryStore();
  const shared = { keyring: parseSessionKeys(generateSessionKeys()), keyCache };
  const kit = testAuth(shared);
  const browser = new Browser(kit);
  await browser.signIn();
  await kit.settle();
  const start = kit.clock.now;
  expect(kit.fetched).toHaveLength(1);

  // An isolate that has never reached the endpoint: all it has is the shared copy.
  const cold = testAuth({ ...shared, now: () => kit.clock.now });
  cold.network.down = true;
  kit.network.down = true;
  for (let minute = 1; minute <= 1_440; minute++) {
    kit.clock.now = start + Math.min(minute * 60, DAY - 1);
    const response = await browser.send("/auth/me");
    expect([minute, response.status, (await response.json()).state]).toEqual([minute, 200, "authenticated"]);
    if (minute % 60 > 0) continue;
    const seen = await cold.auth.validateRequest(browser.request("/"));
    expect([minute, seen.state]).toEqual([minute, "authenticated"]);
  }
  // A token of five minutes, renewed half a minute before its end.
  expect(asked(kit, "refresh").length).toBeGreaterThan(250);
  // One try in 30 seconds at most; here the visits come once a minute.
  expect(kit.fetched.length).toBeLessThanOrEqual(1_441);

  // Beyond the bound nobody can say who is asking, and that is said; nobody is logged out.
  kit.clock.now = start + DAY + 60;
  const beyond = await browser.send("/auth/me");
  expect([beyond.status, await beyond.json()]).toEqual([503, { error: "unavailable" }]);
  expect(browser.named("session")).toHaveLength(1);
  kit.network.down = false;
  kit.clock.now += 30;
  expect((await browser.send("/auth/me")).status).toBe(200);
});
