import { createLocalJWKSet, jwtVerify } from "jose";
import { describe, expect, test } from "vitest";
import { problemsOf } from "../../../test/problems.js";
import { createIdentityForwarder, type IdentityForwarderOptions } from "./forward.js";
import { generateIdentityKeys } from "./generate-identity-keys.js";
import type { ForwardedPerson, ForwardedVisitor } from "./visitor.js";

const NOW = 1_800_000_000;
const ISSUER = "https://api.example.com";
const { signingKey, keys } = await generateIdentityKeys();
const signing = (): IdentityForwarderOptions => ({ signingKey, issuer: ISSUER, now: () => NOW });

function person(id: string, organizationId: string): ForwardedPerson {
  const permissions = [`${organizationId}:read`];
  return {
    state: "authenticated",
    user: { id },
    sessionId: `session_${id}`,
    organizationId,
    role: "member",
    roles: ["member"],
    permissions,
    entitlements: ["sso"],
    featureFlags: ["beta"],
  };
}
const ada = person("user_ada", "org_acme");
const anonymous = { state: "anonymous" } as const;
const unavailable = { state: "unavailable" } as const;

const get = (headers: Record<string, string>, init: RequestInit = {}): Request =>
  new Request("https://api.example.com/projects/1?x=1", { headers, ...init });

/** jose as a reader of its own: what we sign is a JWT like any other. */
async function read(request: Request, audience = "projects") {
  const jwks = createLocalJWKSet({ keys: [...createIdentityForwarder(signing()).jwks().keys] });
  const token = request.headers.get("Edgeseal-Identity") ?? "";
  return await jwtVerify(token, jwks, { issuer: ISSUER, audience, currentDate: new Date(NOW * 1_000) });
}

/** As: what JavaScript passes has no types. */
const refused = (options: unknown) => problemsOf(() => createIdentityForwarder(options as IdentityForwarderOptions));

describe("what a client writes", () => {
  test.each([ada, anonymous, unavailable])(
    "TH-01 TH-02 forged identities reach no service ($state)",
    async (visitor) => {
      const forged = get({
        "X-Tenant-ID": "org_evil",
        X_User_Role: "forged",
        "Edgeseal-Identity": "forged",
        Accept: "a/b",
      });
      for (const options of [{}, signing()]) {
        const { headers } = await createIdentityForwarder(options).forward(forged, visitor, { audience: "projects" });
        expect([...headers.values()].join()).not.toMatch(/forged|org_evil/);
        expect(headers.get("Accept")).toBe("a/b");
      }
    },
  );

  test("TH-10 neither the session nor a sign-in goes to a service, the app's own cookies do", async () => {
    const inbound = get({
      Cookie: "__Host-session.0=2.a.b; lang=de; __Host-edgeseal-flow-1=es1.x; __Secure-session=y",
    });
    const { headers } = await createIdentityForwarder().forward(inbound, ada, { audience: "projects" });
    expect(headers.get("Cookie")).toBe("lang=de");
  });

  test("TH-10 nor does a header token or key that we took, and every other Authorization does", async () => {
    const robot = { state: "machine", clientId: "robot", roles: [], permissions: [] } as const;
    const forwarder = createIdentityForwarder(signing());
    const sent = async (visitor: ForwardedVisitor) =>
      (await forwarder.forward(get({ Authorization: "Bearer sk_1" }), visitor, { audience: "projects" })).headers;
    for (const visitor of [robot, { ...ada, credential: "header" as const }]) {
      expect((await sent(visitor)).get("Authorization")).toBeNull();
    }
    for (const visitor of [ada, anonymous]) expect((await sent(visitor)).get("Authorization")).toBe("Bearer sk_1");
    const headers = await sent(robot);
    for (const name of ["X-User-ID", "X-Tenant-ID", "X-User-Permissions"]) expect(headers.get(name)).toBeNull();
  });

  test("TH-01 a client cannot have our headers dropped on the way by listing them in Connection", async () => {
    const inbound = get({ Accept: "a/b", Authorization: "Basic eDp5" });
    inbound.headers.set("Connection", "close, X-Tenant-ID, Edgeseal-Identity, no name, Accept");
    const { headers } = await createIdentityForwarder(signing()).forward(inbound, ada, { audience: "projects" });
    expect(headers.get("Connection")).toBeNull();
    expect(headers.get("Accept")).toBeNull();
    expect(headers.get("X-Tenant-ID")).toBe("org_acme");
    expect((await read(new Request(ISSUER, { headers }))).payload.org_id).toBe("org_acme");
  });

  test("TH-14 two tenants at once for 10,000 requests: nothing of one is visible to the other", async () => {
    const tenants = [person("user_a", "org_a"), person("user_b", "org_b")] as const;
    const forwarder = createIdentityForwarder();
    const signer = createIdentityForwarder(signing());
    const one = async (at: number): Promise<string> => {
      const mine = tenants[at % 2] ?? ada;
      const inbound = get({ "X-Tenant-ID": tenants[(at + 1) % 2]?.organizationId ?? "" });
      // A signature is a hundred times the rest: every tenth request has one.
      const { headers } = await (at % 10 < 2 ? signer : forwarder).forward(inbound, mine, { audience: "projects" });
      const claims = headers.get("Edgeseal-Identity")?.split(".")[1] ?? "";
      const text = [...headers.values()].join(" ") + atob(claims.replaceAll("-", "+").replaceAll("_", "/"));
      const other = at % 2 === 0 ? /(?:user|org)_b/ : /(?:user|org)_a/;
      return other.test(text) ? "leak" : (headers.get("X-Tenant-ID") ?? "none");
    };
    const seen = await Promise.all(Array.from({ length: 10_000 }, (_, at) => one(at)));
    expect(new Set(seen)).toEqual(new Set(["org_a", "org_b"]));
    expect(seen.every((tenant, at) => tenant === tenants[at % 2]?.organizationId)).toBe(true);
  });
});

describe("the copy", () => {
  test("is the request otherwise: method, URL, body as a stream", async () => {
    const inbound = get({ "Content-Type": "text/plain" }, { method: "POST", body: "hello" });
    const copy = await createIdentityForwarder(signing()).forward(inbound, ada, { audience: "projects" });
    expect([copy.method, copy.url, copy.headers.get("Content-Type")]).toEqual(["POST", inbound.url, "text/plain"]);
    expect(await copy.text()).toBe("hello");
  });

  test("CK-15 is kept by no cache of the platform on its way, whatever its URL looks like", async () => {
    const copy = await createIdentityForwarder().forward(get({}), ada, { audience: "projects" });
    expect(copy.cache).toBe("no-store");
    expect(new Request("https://projects.internal.example/invoice.pdf", copy).cache).toBe("no-store");
  });

  test("a WebSocket handshake stays one", async () => {
    const inbound = get({ "Sec-WebSocket-Key": "x3JJHMbDL1EzLkh9GBhXDw==", "Sec-WebSocket-Protocol": "chat" });
    inbound.headers.set("Upgrade", "websocket");
    inbound.headers.set("Connection", "keep-alive, Upgrade, Sec-WebSocket-Key");
    const { headers } = await createIdentityForwarder().forward(inbound, ada, { audience: "projects" });
    expect(Object.fromEntries(headers)).toMatchObject({
      upgrade: "websocket",
      connection: "Upgrade",
      "sec-websocket-key": "x3JJHMbDL1EzLkh9GBhXDw==",
      "sec-websocket-protocol": "chat",
    });
  });

  test("hears that the client has left", async () => {
    const client = new AbortController();
    const inbound = new Request(ISSUER, { signal: client.signal });
    const copy = await createIdentityForwarder().forward(inbound, ada, { audience: "projects" });
    client.abort();
    expect(copy.signal.aborted).toBe(true);
  });
});

describe("the signed identity", () => {
  test("says who asks, to one service, for a minute", async () => {
    const copy = await createIdentityForwarder(signing()).forward(get({}), ada, { audience: "projects" });
    const { payload, protectedHeader } = await read(copy);
    const { jti, ...claims } = payload;
    expect(claims).toEqual({
      iss: ISSUER,
      aud: "projects",
      iat: NOW,
      exp: NOW + 60,
      state: "authenticated",
      sub: "user_ada",
      sid: "session_user_ada",
      org_id: "org_acme",
      role: "member",
      roles: ["member"],
      permissions: ["org_acme:read"],
      entitlements: ["sso"],
      feature_flags: ["beta"],
    });
    expect(jti).toMatch(/^[\w-]{22}$/);
    const { kid } = JSON.parse(signingKey) as { kid: string };
    expect(protectedHeader).toEqual({ alg: "ES256", typ: "edgeseal-identity+jwt", kid });
    expect(copy.headers.get("X-Tenant-ID")).toBe("org_acme");
  });

  test("is another one for every request", async () => {
    const forwarder = createIdentityForwarder(signing());
    const tokens = await Promise.all(
      Array.from({ length: 20 }, () => forwarder.forward(get({}), ada, { audience: "projects" })),
    );
    expect(new Set(tokens.map(({ headers }) => headers.get("Edgeseal-Identity"))).size).toBe(20);
  });

  test.each<[ForwardedVisitor, object]>([
    [anonymous, { state: "anonymous" }],
    [unavailable, { state: "unavailable" }],
  ])("says that nobody is signed in ($0.state)", async (visitor, expected) => {
    const copy = await createIdentityForwarder(signing()).forward(get({}), visitor, { audience: "projects" });
    const { iss, aud, iat, exp, jti, ...claims } = (await read(copy)).payload;
    expect(claims).toEqual(expected);
    expect([...copy.headers.keys()]).toEqual(["edgeseal-identity"]);
  });

  test("says who acts as the person, and holds what no plain header can", async () => {
    const permissions = Array.from({ length: 400 }, (_, at) => `projects:action_${at}`);
    const visitor = { ...ada, user: { id: "пользователь" }, permissions, impersonator: { email: "ops@idp.example" } };
    const copy = await createIdentityForwarder(signing()).forward(get({}), visitor, { audience: "projects" });
    const { payload } = await read(copy);
    expect([payload.sub, payload.permissions, payload.act]).toEqual([
      "пользователь",
      permissions,
      { sub: "ops@idp.example" },
    ]);
    expect(copy.headers.has("X-User-ID")).toBe(false);
  });

  test("goes alone where the plain headers are off", async () => {
    const forwarder = createIdentityForwarder({ signingKey, issuer: ISSUER, headers: false });
    const { headers } = await forwarder.forward(get({ "X-User-ID": "x" }), ada, { audience: "projects" });
    expect([...headers.keys()]).toEqual(["edgeseal-identity"]);
  });

  test("its public half is what services get, without the private number", () => {
    const jwks = createIdentityForwarder(signing()).jwks();
    expect(jwks).toEqual(JSON.parse(keys));
    expect(JSON.stringify(jwks)).not.toContain((JSON.parse(signingKey) as { d: string }).d);
    expect(createIdentityForwarder().jwks()).toEqual({ keys: [] });
  });
});

describe("configuration", () => {
  test("every problem at once, and nothing of a key", () => {
    const jwk = JSON.parse(signingKey) as Record<string, string>;
    const wrong = { ...jwk, kty: "RSA", kid: "", alg: "RS256", use: "enc", d: "AAAA" };
    const problems = refused({
      signingKey: JSON.stringify(wrong),
      headers: "yes",
      cookieName: "a b",
      now: 1,
      key: 1,
    });
    expect(problems).toEqual([
      "`createIdentityForwarder` has no option `key`; it has signingKey, issuer, headers, cookieName, now.",
      "`signingKey` must be an EC key on the curve P-256.",
      "`signingKey` must have the `alg` ES256.",
      "`signingKey` must have the `use` sig.",
      "`signingKey` needs a `kid` of 1 to 128 printable characters: rotation goes by it.",
      "`signingKey` has no private number `d`; `generateIdentityKeys()` makes one.",
      "`issuer` must name the gateway: 1 to 256 printable characters.",
      "`headers` must be true or false.",
      "`cookieName` must be the name of the session's cookie, or a list of names.",
      "`now` must be a function, or left out.",
    ]);
    for (const secret of [jwk.x, jwk.y, jwk.kid]) expect(problems.join()).not.toContain(secret);
  });

  test.each([
    ["nothing", undefined],
    ["the word undefined", "undefined"],
    ["an object", "{}"],
    ["a public key set", keys],
    ["a number", 42],
  ])("%s is no signing key", (_, text) => {
    const options = text === undefined ? { issuer: ISSUER } : { signingKey: text, issuer: ISSUER };
    expect(refused(options).length).toBeGreaterThan(0);
  });

  test("halves that do not belong together are refused before anything is signed", async () => {
    const other = JSON.parse((await generateIdentityKeys()).signingKey) as { d: string };
    const mixed = JSON.stringify({ ...JSON.parse(signingKey), d: other.d });
    const forwarder = createIdentityForwarder({ signingKey: mixed, issuer: ISSUER });
    await expect(forwarder.forward(get({}), ada, { audience: "projects" })).rejects.toMatchObject({
      code: "config_invalid",
    });
  });

  test("an audience that names nobody is refused", async () => {
    await expect(createIdentityForwarder().forward(get({}), ada, { audience: "" })).rejects.toMatchObject({
      code: "config_invalid",
    });
  });
});
