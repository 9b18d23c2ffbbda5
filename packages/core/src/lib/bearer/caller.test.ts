import { describe, expect, test } from "vitest";
import { START } from "../../../test/auth-kit.js";
import {
  API,
  type BearerKit,
  bearerKit,
  expectNoCookie,
  expectRefused,
  NAVIGATES,
  TRUST,
} from "../../../test/bearer-kit.js";
import { unsignedToken } from "../../../test/tokens.js";
import { createGuard } from "../auth/guard.js";

describe("programs", () => {
  test.each([
    ["the client's id as `sub` (RFC 9068)", {}],
    ["`azp` in place of `client_id`", { client_id: undefined, azp: "robot" }],
    ["Auth0's form", { sub: "robot@clients", client_id: undefined, azp: "robot", gty: "client-credentials" }],
    ["a list of grants", { sub: "x", gty: ["client_credentials"] }],
    ["Entra ID's form", { sub: "object-id", client_id: undefined, azp: "robot", idtyp: "app" }],
    ["Okta's form", { client_id: undefined, cid: "robot", scope: undefined, scp: ["jobs:run", "jobs:read"] }],
    ["Keycloak's form", { sub: "uuid", preferred_username: "service-account-robot" }],
  ])("are told from people by %s, and are nobody's `authenticated`", async (_, claims) => {
    const kit = bearerKit();
    const visitor = await kit.visit("/v1/x", `Bearer ${await kit.robot(claims)}`);
    expect(visitor).toMatchObject({ state: "machine", clientId: "robot", permissions: ["jobs:run", "jobs:read"] });
    expect(visitor).not.toHaveProperty("user");
    expect(visitor).not.toHaveProperty("sessionId");
    expect(visitor).not.toHaveProperty("accessToken");
  });

  test("a person who called themselves a service account has signed in somewhere, and stays a person", async () => {
    const kit = bearerKit();
    const token = await kit.token({ preferred_username: "service-account-x" });
    expect(await kit.visit("/v1/x", `Bearer ${token}`)).toMatchObject({ state: "authenticated" });
  });

  test("are refused where only people are let in, although issuer and audience are the same", async () => {
    const kit = bearerKit({ machines: undefined } as never);
    await expectRefused(kit, await kit.visit("/v1/x", `Bearer ${await kit.robot()}`), "caller_not_enabled");
  });

  test("are held against their own trust alone", async () => {
    const elsewhere = { ...TRUST, verify: { ...TRUST.verify, audience: "https://jobs.example.com" } };
    const kit = bearerKit({ machines: elsewhere as never });
    await expectRefused(kit, await kit.visit("/v1/x", `Bearer ${await kit.robot()}`), "recipient_mismatch");
    expect(await kit.visit("/v1/x", `Bearer ${await kit.robot({ aud: "https://jobs.example.com" })}`)).toMatchObject({
      state: "machine",
    });
  });

  test("an app may know its programs better; what it says of an unsigned token counts for nothing", async () => {
    const kit = bearerKit({ isMachine: (claims) => claims.kind === "robot" });
    expect(await kit.visit("/v1/x", `Bearer ${await kit.token({ kind: "robot" })}`)).toMatchObject({
      state: "machine",
    });
    const forged = unsignedToken(
      { alg: "ES256", kid: "k1" },
      { iss: "https://idp.example", aud: API, sub: "x", client_id: "x", kind: "robot", iat: START, exp: START + 60 },
      64,
    );
    expect(await kit.visit("/v1/x", `Bearer ${forged}`)).toMatchObject({ reason: "signature_invalid" });
  });

  test("say who they are, and nothing of their token", async () => {
    const kit = bearerKit();
    const visitor = await kit.visit(
      "/v1/x",
      `Bearer ${await kit.robot({ org_id: "org_1", permissions: ["jobs:run"], role: "worker" })}`,
    );
    if (visitor.state !== "machine") throw new Error(visitor.state);
    expect(visitor.toJSON()).toEqual({
      state: "machine",
      clientId: "robot",
      organizationId: "org_1",
      roles: ["worker"],
      permissions: ["jobs:run", "jobs:read"],
      expiresAt: START + 300,
    });
    expect(visitor.claims).toMatchObject({ sub: "robot", scope: "jobs:run jobs:read" });
    expect(Object.isFrozen(visitor) && Object.isFrozen(visitor.permissions) && Object.isFrozen(visitor.claims)).toBe(
      true,
    );
    expectNoCookie(visitor);
    expect(kit.events).toEqual([]);
  });

  test("AU-06 who are refused as no person, or for what they lack, leave one event that names the client", async () => {
    const kit = bearerKit();
    const visitor = await kit.visit("/v1/x", `Bearer ${await kit.robot({ org_id: "org_1" })}`, { headers: NAVIGATES });
    if (visitor.state !== "machine") throw new Error(visitor.state);
    const answers = [visitor.deny()];
    kit.clock.now += 10;
    answers.push(visitor.deny({ permission: "x" }));
    expect(await Promise.all(answers.map(async (answer) => [answer.status, await answer.json()]))).toEqual([
      [403, { error: "forbidden", missing: { person: true } }],
      [403, { error: "forbidden", missing: { permission: "x" } }],
    ]);
    expect(kit.events).toMatchObject([
      { type: "forbidden", reason: "person", detail: "client robot", organizationId: "org_1" },
      { type: "forbidden", reason: "permission", detail: "client robot" },
    ]);
    expect(kit.events[0]).not.toHaveProperty("userId");
  });
});

describe("a guard in front of an app", () => {
  async function admit(kit: BearerKit, options: Parameters<typeof createGuard>[0], path: string, token: string) {
    const admission = await createGuard(options).admit(kit.auth, kit.request(path, `Bearer ${token}`), kit.background);
    return "answer" in admission ? admission.answer.status : admission.visitor.state;
  }

  test.each(["/v1/x", "/v1/public", "/api/x"])("lets no program onto %s by accident", async (path) => {
    const kit = bearerKit();
    const robot = await kit.robot();
    expect(await admit(kit, { publicPaths: ["/v1/public"] }, path, robot)).toBe(403);
    expect(await admit(kit, { publicPaths: ["/*"] }, path, robot)).toBe(403);
    expect(await admit(kit, { machines: ["/v1"] }, path, robot)).toBe(403);
  });

  test("lets them in where a path is theirs, and asks of them what a guard asks", async () => {
    const kit = bearerKit();
    const robot = await kit.robot({ auth_time: START });
    const machines = ["/v1/*"];
    expect(await admit(kit, { machines }, "/v1/x", robot)).toBe("machine");
    expect(await admit(kit, { machines, guards: { "/v1/*": { permission: "jobs:run" } } }, "/v1/x", robot)).toBe(
      "machine",
    );
    expect(await admit(kit, { machines, guards: { "/v1/*": { permission: "jobs:stop" } } }, "/v1/x", robot)).toBe(403);
    expect(await admit(kit, { machines, guards: { "/v1/*": { organization: true } } }, "/v1/x", robot)).toBe(403);
    const recent = { "/v1/*": { recentAuth: { withinSeconds: 600 } } } as const;
    expect(await admit(kit, { machines, guards: recent, now: () => START }, "/v1/x", robot)).toBe(403);
  });

  test("people with a header token come in as ever", async () => {
    const kit = bearerKit();
    expect(await admit(kit, {}, "/v1/x", await kit.token())).toBe("authenticated");
  });
});
