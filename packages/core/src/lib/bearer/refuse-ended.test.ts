import { describe, expect, test } from "vitest";
import { START } from "../../../test/auth-kit.js";
import { type BearerKit, bearerKit, expectNoCookie, expectRefused, TRUST } from "../../../test/bearer-kit.js";
import type { RevocationStore } from "../base/ports.js";
import type { TokenTrust } from "../provider/provider.js";
import { createRevocation } from "../session/revocation.js";
import type { RevocationTarget } from "../session/revocation-target.js";
import { createMemoryRevocation } from "../testing/memory-revocation.js";

/** Of the provider that signs in. */
const SAME: TokenTrust = { ...TRUST, name: "test" };

function kitWith(store: RevocationStore, whenDown: "open" | "closed" = "closed", trust = SAME): BearerKit {
  return bearerKit({ users: trust, machines: trust }, { revocation: createRevocation({ store, whenDown }) });
}

const prompt = () => createMemoryRevocation({ now: () => START });

async function end(kit: BearerKit, target: RevocationTarget): Promise<void> {
  await kit.auth.revoke(target);
  kit.events.length = 0;
}

const TARGETS: readonly [string, RevocationTarget][] = [
  ["user", { kind: "user", userId: "user_1" }],
  ["organization", { kind: "organization", organizationId: "org_1" }],
  ["membership", { kind: "membership", userId: "user_1", organizationId: "org_1" }],
  ["provider_session", { kind: "provider_session", sid: "sid_1" }],
];

describe("MB-06 a header token issued before an ending", () => {
  test.each(TARGETS)("of its %s is refused, and one of after it counts", async (by, target) => {
    const kit = kitWith(prompt());
    const claims = { sub: "user_1", org_id: "org_1", sid: "sid_1" };
    const before = await kit.token(claims);
    expect((await kit.visit("/v1/x", `Bearer ${before}`)).state).toBe("authenticated");
    await end(kit, target);
    await expectRefused(kit, await kit.visit("/v1/x", `Bearer ${before}`), "revoked");
    expect(kit.events).toMatchObject([{ type: "revoked", reason: by, userId: "user_1", organizationId: "org_1" }]);
    const after = await kit.token({ ...claims, iat: START + 1 });
    expect((await kit.visit("/v1/x", `Bearer ${after}`)).state).toBe("authenticated");
  });

  test("is refused of a program as well, by its organisation", async () => {
    const kit = kitWith(prompt());
    const token = await kit.robot({ org_id: "org_1" });
    await end(kit, { kind: "organization", organizationId: "org_1" });
    await expectRefused(kit, await kit.visit("/v1/x", `Bearer ${token}`), "revoked");
  });

  test("without a `sid` ends with those of its person that have none", async () => {
    const kit = kitWith(prompt());
    const token = await kit.token({ sub: "user_1", sid: undefined });
    await end(kit, { kind: "provider_session", sid: "another", userId: "user_1" });
    await expectRefused(kit, await kit.visit("/v1/x", `Bearer ${token}`), "revoked");
  });

  test("goes on where the ending was of another issuer's person with that id", async () => {
    const kit = kitWith(prompt(), "closed", TRUST);
    const token = await kit.token({ sub: "user_1" });
    await end(kit, { kind: "user", userId: "user_1" });
    expect((await kit.visit("/v1/x", `Bearer ${token}`)).state).toBe("authenticated");
  });

  test.each([{ sub: "\ud800" }, { org_id: "\ud800" }])(
    "that names half a character (%j) is refused",
    async (claims) => {
      const kit = kitWith(prompt());
      await expectRefused(kit, await kit.visit("/v1/x", `Bearer ${await kit.token(claims)}`), "token_malformed");
    },
  );
});

describe("a store that cannot say", () => {
  const STORES: readonly [string, () => Promise<never>][] = [
    ["throws", () => Promise.reject(new Error("moved"))],
    ["hangs", () => new Promise<never>(() => {})],
  ];

  test.each(STORES)("that %s: 503 with `closed`, and the event alone with `open`", async (_, ended) => {
    const store: RevocationStore = { getByName: () => ({ ended, end: async () => {} }) };
    for (const [whenDown, state] of [
      ["closed", "unavailable"],
      ["open", "authenticated"],
    ] as const) {
      const kit = kitWith(store, whenDown);
      const visitor = await kit.visit("/v1/x", `Bearer ${await kit.token()}`);
      expect(visitor.state).toBe(state);
      expectNoCookie(visitor);
      if (visitor.state === "unavailable") expect(visitor.deny().status).toBe(503);
      expect(kit.events).toMatchObject([{ type: "store_unreachable", reason: "revocation" }]);
    }
  });

  test("is not asked for a token that is not believed, nor where no header is read", async () => {
    const asked: string[] = [];
    const store: RevocationStore = {
      getByName(name) {
        asked.push(name);
        return prompt().getByName(name);
      },
    };
    const kit = kitWith(store);
    await kit.visit("/v1/x", `Bearer ${await kit.token({ aud: "https://other.example" })}`);
    await kit.visit("/page", `Bearer ${await kit.token()}`);
    expect(asked).toEqual([]);
  });
});
