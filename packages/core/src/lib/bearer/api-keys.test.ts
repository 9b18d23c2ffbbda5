import { describe, expect, test, vi } from "vitest";
import { START } from "../../../test/auth-kit.js";
import { bearerKit, expectRefused } from "../../../test/bearer-kit.js";

describe("API keys", () => {
  const OWNER = { clientId: "acme", organizationId: "org_1", permissions: ["jobs:run"], roles: ["worker"] };

  test.each(["sk_live_0123456789", "SG.abc.def", "abc.def", "a+b/c==", "x".repeat(1_024)])(
    "%j is looked up by the key or its hash, once",
    async (key) => {
      const seen: unknown[] = [];
      const kit = bearerKit({
        apiKeys: (presented) => {
          seen.push(presented);
          return OWNER;
        },
      });
      const visitor = await kit.visit("/v1/x", `Bearer ${key}`);
      expect(visitor).toMatchObject({ state: "machine", ...OWNER });
      expect(visitor).not.toHaveProperty("claims");
      expect(visitor).not.toHaveProperty("expiresAt");
      expect(seen).toEqual([{ key, sha256: expect.stringMatching(/^[\w-]{43}$/) }]);
      expect([kit.fetched, kit.events]).toEqual([[], []]);
    },
  );

  test("the hash is that of the key", async () => {
    const seen: string[] = [];
    const kit = bearerKit({
      apiKeys: ({ sha256 }) => {
        seen.push(sha256);
        return null;
      },
    });
    await kit.visit("/v1/x", "Bearer abc");
    expect(seen).toEqual(["ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"]);
  });

  test("a token is never shown to the look-up, not even a bad one", async () => {
    const lookup = vi.fn(() => OWNER);
    const kit = bearerKit({ apiKeys: lookup });
    const token = await kit.token();
    for (const text of [token, `${token.slice(0, -4)}AAAA`, "eyJhbGciOiJub25lIn0.e30.", "ewogfQ.e30.c2ln"]) {
      await kit.visit("/v1/x", `Bearer ${text}`);
    }
    expect(lookup).not.toHaveBeenCalled();
  });

  test.each(["x".repeat(1_025), "es1.abc"])("%j is no key", async (key) => {
    const lookup = vi.fn(() => OWNER);
    const kit = bearerKit({ apiKeys: lookup });
    await expectRefused(kit, await kit.visit("/v1/x", `Bearer ${key}`), "token_malformed");
    expect(lookup).not.toHaveBeenCalled();
  });

  test("where there are none, none is looked up", async () => {
    const kit = bearerKit();
    await expectRefused(kit, await kit.visit("/v1/x", "Bearer sk_live_1"), "token_malformed");
  });

  test("a key that is not there is refused, in the same bytes as a bad token", async () => {
    const kit = bearerKit({ apiKeys: async () => null });
    await expectRefused(kit, await kit.visit("/v1/x", "Bearer sk_live_1"), "unknown_api_key");
  });

  test.each([
    [START, "anonymous"],
    [START + 1, "machine"],
  ])("a key that ends at %s: %s", async (expiresAt, state) => {
    const kit = bearerKit({ apiKeys: () => ({ clientId: "acme", expiresAt }) });
    expect((await kit.visit("/v1/x", "Bearer sk_live_1")).state).toBe(state);
  });

  test("a look-up that throws turns nobody away, and its words, which may hold the key, are told nobody", async () => {
    const kit = bearerKit({
      apiKeys: ({ key }) => {
        throw new Error(`no row for ${key}`);
      },
    });
    const visitor = await kit.visit("/v1/x", "Bearer sk_live_1");
    expect(visitor).toMatchObject({ state: "unavailable", reason: "store_unreachable" });
    expect(kit.events).toMatchObject([{ type: "store_unreachable" }]);
    expect(JSON.stringify(kit.events)).not.toContain("sk_live_1");
  });

  test("a runtime that cannot hash is no reason to turn anybody away", async () => {
    const kit = bearerKit({ apiKeys: () => OWNER });
    const token = await kit.token({ sid: undefined });
    await kit.visit("/v1/x", `Bearer ${token}`);
    const failing = vi.spyOn(crypto.subtle, "digest").mockRejectedValue(new DOMException("failed", "OperationError"));
    try {
      for (const text of ["sk_live_1", token]) {
        const visitor = await kit.visit("/v1/x", `Bearer ${text}`);
        expect(visitor).toMatchObject({ state: "unavailable", reason: "crypto_failure" });
      }
    } finally {
      failing.mockRestore();
    }
  });

  test("ST-01 a look-up that never answers is one that is down", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const asked = Promise.withResolvers<void>();
      const lookup = () => {
        asked.resolve();
        return new Promise<null>(() => undefined);
      };
      const visiting = bearerKit({ apiKeys: lookup }).visit("/v1/x", "Bearer sk_live_1");
      await asked.promise;
      await vi.advanceTimersByTimeAsync(5_000);
      expect(await visiting).toMatchObject({ state: "unavailable", reason: "store_unreachable" });
    } finally {
      vi.useRealTimers();
    }
  });

  test.each([
    undefined,
    true,
    {},
    { clientId: "" },
    { clientId: 5 },
    { clientId: "a", permissions: "x" },
    { clientId: "a", roles: [5] },
    { clientId: "a", expiresAt: Number.NaN },
  ])("an answer of %j is a mistake of the app, and lets nobody in", async (answer) => {
    const kit = bearerKit({ apiKeys: () => answer as never });
    await expect(kit.visit("/v1/x", "Bearer sk_live_1")).rejects.toMatchObject({ code: "config_invalid" });
  });

  test("what the app handed out is its own: changing it changes nobody, and we do not freeze it", async () => {
    const owner = { clientId: "acme", permissions: ["jobs:run"] };
    const kit = bearerKit({ apiKeys: () => owner });
    const visitor = await kit.visit("/v1/x", "Bearer sk_live_1");
    owner.permissions.push("admin");
    expect(visitor).toMatchObject({ permissions: ["jobs:run"] });
  });
});
