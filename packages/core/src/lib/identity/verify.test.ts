import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { problemsOf } from "../../../test/problems.js";
import { base64url, utf8 } from "../base/bytes.js";
import type { AuditEvent, KeyValueStore } from "../base/ports.js";
import { createMemoryLedger } from "../testing/memory-ledger.js";
import { createMemoryStore } from "../testing/memory-store.js";
import { createIdentityForwarder } from "./forward.js";
import { generateIdentityKeys } from "./generate-identity-keys.js";
import { hasPermission } from "./permissions.js";
import { createIdentityVerifier, type IdentityVerifierOptions } from "./verify.js";
import type { ForwardedMachine, ForwardedPerson, ForwardedVisitor } from "./visitor.js";

const NOW = 1_800_000_000;
const ISSUER = "https://api.example.com";
const gateway = await generateIdentityKeys();
const stranger = await generateIdentityKeys();
const ada: ForwardedPerson = {
  state: "authenticated",
  user: { id: "user_ada" },
  sessionId: "session_1",
  organizationId: "org_acme",
  role: "admin",
  roles: ["admin"],
  permissions: ["projects:read"],
  entitlements: ["sso"],
  featureFlags: ["beta"],
};

interface Sent {
  readonly visitor?: ForwardedVisitor;
  readonly audience?: string;
  readonly signingKey?: string;
  readonly issuer?: string;
  readonly at?: number;
}

async function sent(options: Sent = {}): Promise<string> {
  const { visitor = ada, audience = "projects", signingKey = gateway.signingKey, issuer = ISSUER, at = NOW } = options;
  const forwarder = createIdentityForwarder({ signingKey, issuer, now: () => at });
  const request = await forwarder.forward(new Request(ISSUER), visitor, { audience });
  return request.headers.get("Edgeseal-Identity") ?? "";
}

const options = { issuer: ISSUER, audience: "projects", keys: gateway.keys, now: () => NOW };
const carrying = (token: string): Request =>
  new Request("https://projects.workers.example/", { headers: { "Edgeseal-Identity": token } });
const verify = (token: string, more: object = {}) =>
  createIdentityVerifier({ ...options, ...more }).verify(carrying(token));

/** Signed by the gateway's own key, whatever it says. */
async function signed(claims: object, header: object = {}): Promise<string> {
  const { kid, kty, crv, x, y, d } = JSON.parse(gateway.signingKey) as Record<string, string>;
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const jwk = { kty, crv, x, y, d } as JsonWebKey;
  const key = await crypto.subtle.importKey("jwk", jwk, algorithm, false, ["sign"]);
  const part = (value: object): string => base64url(utf8(JSON.stringify(value)));
  const content = `${part({ alg: "ES256", typ: "edgeseal-identity+jwt", kid, ...header })}.${part(claims)}`;
  return `${content}.${base64url(new Uint8Array(await crypto.subtle.sign(algorithm, key, utf8(content))))}`;
}
const CLAIMS = {
  iss: ISSUER,
  aud: "projects",
  iat: NOW,
  exp: NOW + 60,
  jti: "j",
  state: "authenticated",
  sub: "u",
  sid: "s",
};

describe("a program", () => {
  const robot: ForwardedMachine = {
    state: "machine",
    clientId: "robot",
    organizationId: "org_acme",
    roles: ["worker"],
    permissions: ["jobs:run"],
  };
  const CLAIMS = {
    iss: ISSUER,
    aud: "projects",
    iat: NOW,
    exp: NOW + 60,
    jti: "j",
    state: "machine",
    client_id: "robot",
  };

  test("TH-01 is nobody's identity: whoever looks for a person finds none", async () => {
    const { clientId, organizationId, roles, permissions } = robot;
    expect(await verify(await sent({ visitor: robot }))).toEqual({
      ok: true,
      identity: null,
      machine: { clientId, organizationId, roles, permissions },
    });
  });

  test.each([
    { sub: "user_ada" },
    { client_id: undefined },
    { client_id: "" },
    { org_id: 5 },
    { roles: "worker" },
    { permissions: [5] },
  ])("that says %j is none that we signed", async (claims) => {
    expect(await verify(await signed({ ...CLAIMS, ...claims }))).toMatchObject({ ok: false, reason: "malformed" });
  });

  test("without lists has none, and a person has no `machine`", async () => {
    const checked = await verify(await signed(CLAIMS));
    expect(checked).toEqual({ ok: true, identity: null, machine: { clientId: "robot", roles: [], permissions: [] } });
    expect(await verify(await sent())).not.toHaveProperty("machine");
  });
});

describe("TH-09 a service that is called directly", () => {
  test("TH-09 plain headers alone say nothing", async () => {
    const headers = { "X-Tenant-ID": "org_evil", "X-User-ID": "user_evil" };
    const check = await createIdentityVerifier(options).verify(new Request(ISSUER, { headers }));
    expect(check).toMatchObject({ ok: false, reason: "missing" });
  });

  test("TH-09 a stranger's signature is none, under a key id of the gateway too", async () => {
    expect(await verify(await sent({ signingKey: stranger.signingKey }))).toMatchObject({
      reason: "signature_invalid",
    });
    const { kid } = JSON.parse(gateway.signingKey) as { kid: string };
    const signingKey = JSON.stringify({ ...JSON.parse(stranger.signingKey), kid });
    expect(await verify(await sent({ signingKey }))).toMatchObject({ reason: "signature_invalid" });
  });

  test.each<[string, Sent, string]>([
    ["another service", { audience: "billing" }, "audience_mismatch"],
    ["another gateway", { issuer: "https://api.example.com.evil.example" }, "issuer_mismatch"],
    ["a minute ago", { at: NOW - 65 }, "expired"],
    ["the future", { at: NOW + 6 }, "expired"],
  ])("TH-09 an identity for %s is refused", async (_, made, reason) => {
    expect(await verify(await sent(made))).toMatchObject({ ok: false, reason });
  });

  test("TH-09 clocks may differ by five seconds", async () => {
    expect(await verify(await sent({ at: NOW - 64 }))).toMatchObject({ ok: true });
    expect(await verify(await sent({ at: NOW + 5 }))).toMatchObject({ ok: true });
  });

  test("TH-09 a changed character anywhere is refused", async () => {
    const token = await sent();
    const verifier = createIdentityVerifier(options);
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 1), fc.constantFrom("A", "_", ".", "=", " ", "é"), async (at, other) => {
        fc.pre(token[at] !== other);
        const changed = token.slice(0, at) + other + token.slice(at + 1);
        // As a real server has it: `Headers` refuses what no header can carry.
        const request = { headers: { get: () => changed } } as unknown as Request;
        const check = await verifier.verify(request);
        expect(check.ok ? "accepted" : check.reason).toMatch(/^(?:malformed|signature_invalid)$/);
      }),
    );
  });

  test("TH-09 any text at all is answered, never an exception", async () => {
    const verifier = createIdentityVerifier(options);
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary" }), async (text) => {
        const request = { headers: { get: () => text } } as unknown as Request;
        expect((await verifier.verify(request)).ok).toBe(false);
      }),
    );
    const long = { headers: { get: () => "a".repeat(40_000) } } as unknown as Request;
    expect(await verifier.verify(long)).toMatchObject({ reason: "malformed" });
  });

  test.each<[string, object, object?]>([
    ["another type", CLAIMS, { typ: "JWT" }],
    ["no signature", CLAIMS, { alg: "none" }],
    ["a shared secret", CLAIMS, { alg: "HS256" }],
    ["a critical extension", CLAIMS, { crit: ["x"], x: 1 }],
    ["a key of its own", CLAIMS, { jwk: {} }],
    ["no key id", CLAIMS, { kid: undefined }],
    ["a life of an hour", { ...CLAIMS, exp: NOW + 3_600 }],
    ["an end before its beginning", { ...CLAIMS, exp: NOW - 1 }],
    ["times that are none", { ...CLAIMS, exp: "soon" }],
    ["no jti", { ...CLAIMS, jti: undefined }],
    ["a list of audiences", { ...CLAIMS, aud: ["projects"] }],
    ["nobody signed in", { ...CLAIMS, sub: undefined }],
    ["no session", { ...CLAIMS, sid: undefined }],
    ["somebody anonymous", { ...CLAIMS, state: "anonymous" }],
    ["a state of its own", { ...CLAIMS, state: "root" }],
    ["no state", { ...CLAIMS, state: undefined }],
    ["permissions in one text", { ...CLAIMS, permissions: "projects:read" }],
    ["an actor without a name", { ...CLAIMS, act: {} }],
    ["an organisation that is no text", { ...CLAIMS, org_id: 7 }],
  ])("TH-09 a token with %s is malformed, although the gateway's key signed it", async (_, claims, header = {}) => {
    expect(await verify(await signed(claims, header))).toMatchObject({ ok: false, reason: "malformed" });
  });

  test("TH-09 two identities in one request are none", async () => {
    expect(await verify(`${await sent()}, ${await sent()}`)).toMatchObject({ reason: "malformed" });
  });

  test("what it answers: 401 without telling why, 403 for what is meant for somebody else; the event tells", async () => {
    const events: AuditEvent[] = [];
    const audit = { send: async (event: AuditEvent) => events.push(event) };
    const told: unknown[] = [];
    for (const token of ["x", await sent({ audience: "billing" })]) {
      const check = await verify(token, { audit });
      const answer = check.ok ? new Response() : check.deny();
      told.push([answer.status, await answer.text(), answer.headers.get("Cache-Control")]);
    }
    expect(told).toEqual([
      [401, '{"error":"unauthenticated"}', "private, no-store"],
      [403, '{"error":"forbidden"}', "private, no-store"],
    ]);
    expect(events.map(({ type, reason }) => [type, reason])).toEqual([
      ["identity_rejected", "malformed"],
      ["identity_rejected", "audience_mismatch"],
    ]);
  });
});

describe("TH-09 an identity that comes twice", () => {
  test("TH-09 the ledger lets one of many at once pass, and one of each", async () => {
    const verifier = createIdentityVerifier({ ...options, replayLedger: createMemoryLedger({ now: () => NOW }) });
    const token = await sent();
    const checks = await Promise.all(Array.from({ length: 20 }, () => verifier.verify(carrying(token))));
    expect(checks.filter(({ ok }) => ok)).toHaveLength(1);
    expect(checks.filter((check) => !check.ok && check.reason === "replayed")).toHaveLength(19);
    expect(await verifier.verify(carrying(await sent()))).toMatchObject({ ok: true });
  });

  test("TH-09 a ledger that is down is told as that, not as a stranger", async () => {
    const down = { getByName: () => ({ spend: () => Promise.reject(new Error("overloaded")) }) };
    await expect(verify(await sent(), { replayLedger: down })).rejects.toMatchObject({ code: "store_unreachable" });
    const detached = {
      getByName: () => {
        throw new TypeError("detached");
      },
    };
    await expect(verify(await sent(), { replayLedger: detached })).rejects.toMatchObject({ code: "store_unreachable" });
  });

  test("TH-09 a ledger that hangs is down after a second", async () => {
    const token = await sent();
    const asked = Promise.withResolvers<void>();
    const hanging = {
      getByName: () => ({
        spend: () => {
          asked.resolve();
          return new Promise(() => {});
        },
      }),
    };
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const refused = expect(verify(token, { replayLedger: hanging })).rejects.toMatchObject({
        code: "store_unreachable",
      });
      await asked.promise;
      await vi.advanceTimersByTimeAsync(1_000);
      await refused;
    } finally {
      vi.useRealTimers();
    }
  });

  test("TH-09 a store refuses the second once it shows what was written", async () => {
    let now = NOW;
    const store = createMemoryStore({ now: () => now, delaySeconds: 0 });
    const verifier = createIdentityVerifier({ ...options, now: () => now, replayStore: store });
    const token = await sent();
    expect(await verifier.verify(carrying(token))).toMatchObject({ ok: true });
    now += 1;
    expect(await verifier.verify(carrying(token))).toMatchObject({ ok: false, reason: "replayed" });
    expect(await verifier.verify(carrying(await sent({ audience: "billing" })))).toMatchObject({
      reason: "audience_mismatch",
    });
  });

  test.each<[string, Partial<KeyValueStore>]>([
    [
      "throws",
      {
        get: () => {
          throw new Error("down");
        },
        put: () => {
          throw new Error("down");
        },
      },
    ],
    ["rejects", { get: () => Promise.reject(new Error("down")), put: () => Promise.reject(new Error("down")) }],
    ["hangs", { get: () => new Promise(() => {}), put: () => new Promise(() => {}) }],
  ])("TH-09 a store that %s stops nobody", async (_, replayStore) => {
    expect(await verify(await sent(), { replayStore })).toMatchObject({ ok: true });
  });

  test("with a background nobody waits for the store's write", async () => {
    const kept: Promise<unknown>[] = [];
    const puts: unknown[][] = [];
    const replayStore = {
      get: async () => null,
      put: async (...all: unknown[]) => void puts.push(all),
      delete: async () => {},
    };
    const verifier = createIdentityVerifier({ ...options, replayStore });
    await verifier.verify(carrying(await sent()), { waitUntil: (work) => void kept.push(work) });
    expect(kept).toHaveLength(1);
    expect(puts).toEqual([[expect.stringMatching(/^edgeseal:identity:[\w-]{43}$/), "1", { expirationTtl: 65 }]]);
  });
});

describe("what a service learns", () => {
  test("the person, with everything that guards ask for", async () => {
    const check = await verify(await sent({ visitor: { ...ada, impersonator: { email: "ops@idp.example" } } }));
    expect(check).toEqual({
      ok: true,
      identity: {
        userId: "user_ada",
        sessionId: "session_1",
        organizationId: "org_acme",
        impersonator: { email: "ops@idp.example" },
        role: "admin",
        roles: ["admin"],
        permissions: ["projects:read"],
        entitlements: ["sso"],
        featureFlags: ["beta"],
      },
    });
    const identity = check.ok ? check.identity : null;
    expect(identity && hasPermission(identity, "projects:read")).toBe(true);
    expect([identity, identity?.permissions, identity?.roles].every(Object.isFrozen)).toBe(true);
  });

  test.each(["anonymous", "unavailable"] as const)(
    "that nobody is signed in (%s), told by the gateway",
    async (state) => {
      expect(await verify(await sent({ visitor: { state } }))).toEqual({ ok: true, identity: null });
    },
  );

  test("the old and the new key side by side while the gateway's is replaced", async () => {
    const both = { keys: [...JSON.parse(gateway.keys).keys, ...JSON.parse(stranger.keys).keys] };
    const verifier = createIdentityVerifier({ ...options, keys: JSON.stringify(both) });
    for (const { signingKey } of [gateway, stranger, gateway]) {
      expect(await verifier.verify(carrying(await sent({ signingKey })))).toMatchObject({ ok: true });
    }
  });
});

describe("configuration", () => {
  /** As: what JavaScript passes has no types. */
  const refused = (given: unknown) => problemsOf(() => createIdentityVerifier(given as IdentityVerifierOptions));

  test("every problem at once, and nothing of a key", () => {
    const {
      keys: [key],
    } = JSON.parse(gateway.keys);
    const set = {
      keys: [
        key,
        key,
        { ...key, kid: "2", crv: "P-384" },
        { ...key, kid: "3", x: "AA" },
        7,
        JSON.parse(stranger.signingKey),
      ],
    };
    const problems = refused({
      issuer: "",
      audience: "a b",
      keys: JSON.stringify(set),
      replayStore: {},
      replayLedger: {},
      audit: [{}],
      now: 1,
      jwks: 1,
    });
    expect(problems).toEqual([
      "`createIdentityVerifier` has no option `jwks`; it has issuer, audience, keys, replayStore, replayLedger, audit, now.",
      "`issuer` must be the text that the gateway's forwarder uses: 1 to 256 printable characters.",
      "`audience` must be the text that the gateway's forwarder uses: 1 to 256 printable characters.",
      "`replayStore` and `replayLedger` exclude each other.",
      "`replayStore` must be a KV namespace: it has no `get`, `put`.",
      "`replayLedger` must be the namespace of `LedgerObject`: it has no `getByName`.",
      "`audit` must be a Queue or `{ send(event) }`, or a list of them.",
      "`now` must be a function, or left out.",
      "`keys[1]` has the `kid` of another key.",
      "`keys[2]` must be an EC key on the curve P-256.",
      "`keys[3]` must have `x` and `y` of 32 bytes in base64url.",
      "`keys[4]` is no JWK.",
      "`keys[5]` holds a private key: services get the public half alone, and this key must be replaced.",
    ]);
    for (const secret of [key.x, key.kid, JSON.parse(stranger.signingKey).d])
      expect(problems.join()).not.toContain(secret);
  });

  test.each([
    ["nothing", undefined],
    ["an empty text", ""],
    ["the word undefined", "undefined"],
    ["an object", "{}"],
    ["an empty set", '{"keys":[]}'],
    ["one key alone", gateway.signingKey],
  ])("%s is no key set", (_, keys) => {
    expect(refused({ ...options, keys })).toEqual([expect.stringContaining("`keys` must be the JSON text")]);
  });

  test("a point off the curve is told at the first use", async () => {
    const {
      keys: [key],
    } = JSON.parse(gateway.keys);
    const keys = JSON.stringify({ keys: [{ ...key, x: key.y }] });
    await expect(verify(await sent(), { keys })).rejects.toMatchObject({ code: "config_invalid" });
  });
});
