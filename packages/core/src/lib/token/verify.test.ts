import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import {
  CLAIMS,
  CLIENT_ID,
  createSigner,
  ISSUER,
  jwksOf,
  NOW,
  type Signer,
  unsignedToken,
} from "../../../test/tokens.js";
import { base64url, fromBase64url, utf8 } from "../base/bytes.js";
import { isAuthError } from "../base/errors.js";
import { type KeySet, keyFor, readKeySet } from "./key-set.js";
import type { KeySource } from "./key-source.js";
import { type VerifyTokenOptions, verifyToken } from "./verify.js";

let signer: Signer;
let keySet: KeySet;
let looks: number;
let keys: KeySource;
const options = { issuer: ISSUER, clientId: CLIENT_ID, now: () => NOW } satisfies VerifyTokenOptions;

beforeAll(async () => {
  signer = await createSigner("key-1");
  const read = await readKeySet(jwksOf(signer));
  if (typeof read === "string") throw new Error(read);
  keySet = read;
});

/** Counts how often a key was asked for: what never asks can never make anybody fetch. */
async function verify(token: string, changed: Partial<VerifyTokenOptions> = {}) {
  looks = 0;
  keys = {
    find: async (header) => {
      looks++;
      return keyFor(keySet, header);
    },
  };
  return verifyToken(token, keys, { ...options, ...changed } as VerifyTokenOptions);
}

const refused = (reason: string) => ({ ok: false, reason });

describe("the header", () => {
  test.each(["none", "None", "NONE", "nOnE", "noNe", "none ", "NoNe", ""])(
    "JW-01 refuses alg %j without asking for a key, signed or not",
    async (alg) => {
      for (const signature of [0, 256]) {
        expect(await verify(unsignedToken({ alg, kid: "key-1" }, CLAIMS, signature))).toEqual(
          refused("alg_not_allowed"),
        );
        expect(looks).toBe(0);
      }
    },
  );

  test("JW-01 refuses an empty signature under an allowed algorithm without asking for a key", async () => {
    const [header, payload] = (await signer.sign(CLAIMS)).split(".");
    expect(await verify(`${header}.${payload}.`)).toEqual(refused("signature_invalid"));
    expect(looks).toBe(0);
  });

  test("JW-02 refuses HS256 made with the public key as the secret, in every spelling of the key", async () => {
    const { n } = signer.jwk;
    const spki = await exportSpki(keyFor(keySet, signer));
    const pem = `-----BEGIN PUBLIC KEY-----\n${spki}\n-----END PUBLIC KEY-----\n`;
    const secrets = [pem, ` \n${pem}`, spki, JSON.stringify(signer.jwk), String(n)];
    for (const secret of secrets) {
      const header = base64url(utf8(JSON.stringify({ alg: "HS256", typ: "JWT", kid: "key-1" })));
      const input = `${header}.${base64url(utf8(JSON.stringify(CLAIMS)))}`;
      const parameters = { name: "HMAC", hash: "SHA-256" };
      const key = await crypto.subtle.importKey("raw", utf8(secret), parameters, false, ["sign"]);
      const mac = base64url(new Uint8Array(await crypto.subtle.sign("HMAC", key, utf8(input))));
      expect(await verify(`${input}.${mac}`)).toEqual(refused("alg_not_allowed"));
      // Even where the configuration was talked into it, no key of the set answers to a symmetric name.
      const talkedInto = { algorithms: ["HS256"] } as unknown as Partial<VerifyTokenOptions>;
      expect(await verify(`${input}.${mac}`, talkedInto)).toEqual(refused("key_not_found"));
    }
  });

  test.each([
    ["JW-04", "an unknown critical member", { crit: ["x"], x: 1 }],
    ["JW-04", "a known critical member", { crit: ["b64"], b64: false }],
    ["JW-04", "an empty list of critical members", { crit: [] }],
    ["JW-05", "compression", { zip: "DEF" }],
    ["JW-05", "a content encryption", { enc: "A256GCM" }],
    [
      "JW-05",
      "a password's work factor beside an encryption",
      { alg: "PBES2-HS256+A128KW", enc: "A256GCM", p2c: 2 ** 31 },
    ],
    ["JW-09", "a key name that is no text", { kid: 5 }],
    ["JW-10", "a type that is no text", { typ: 5 }],
  ])("%s refuses %s without asking for a key", async (_, __, header) => {
    expect(await verify(await signer.sign(CLAIMS, header))).toEqual(refused("token_malformed"));
    expect(looks).toBe(0);
  });

  test("JW-05 refuses an encrypted token by its five segments", async () => {
    const jwe = [base64url(utf8('{"alg":"dir","enc":"A256GCM"}')), "", "AAAA", "AAAA", "AAAA"].join(".");
    expect(await verify(jwe)).toEqual(refused("token_malformed"));
    expect(looks).toBe(0);
  });

  test.each(["id_token+jwt", "logout+jwt", "secevent+jwt", "dpop+jwt", "JWE", ""])(
    "JW-10 refuses a token of type %j, whatever else it says",
    async (typ) => {
      expect(await verify(await signer.sign(CLAIMS, { typ }))).toEqual(refused("recipient_mismatch"));
    },
  );

  test.each(["JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt"])("accepts type %j", async (typ) => {
    expect(await verify(await signer.sign(CLAIMS, { typ }))).toMatchObject({ ok: true });
  });
});

describe("an ID token", () => {
  const ID_CLAIMS = { iss: ISSUER, sub: "user_01", aud: CLIENT_ID, nonce: "n", iat: NOW - 10, exp: NOW + 290 };
  const asIdToken = async (claims: object, header: object = {}) =>
    verify(await signer.sign({ ...ID_CLAIMS, ...claims }, header), { kind: "id_token" });

  test.each<[string, object, object?]>([
    ["an access token by its type", {}, { typ: "at+jwt" }],
    ["a logout token by its type", {}, { typ: "logout+jwt" }],
    ["a security event", { events: {} }],
    ["one for another client", { aud: "client_other" }],
    ["one for nobody", { aud: undefined }],
    ["one that only says `client_id`", { aud: undefined, client_id: CLIENT_ID }],
    ["one that another client was meant to present", { azp: "client_other" }],
    ["one for two that does not say who presents it", { aud: [CLIENT_ID, "client_other"] }],
  ])("JW-10 is not %s", async (_, claims, header) => {
    expect(await asIdToken(claims, header)).toEqual(refused("recipient_mismatch"));
    expect(looks).toBe(0);
  });

  test("is accepted where ID tokens are meant, and nowhere else", async () => {
    for (const claims of [{}, { aud: [CLIENT_ID] }, { azp: CLIENT_ID, aud: [CLIENT_ID, "x"] }, { at_hash: "x" }]) {
      expect(await asIdToken(claims)).toMatchObject({ ok: true });
    }
    expect(await verify(await signer.sign(ID_CLAIMS))).toEqual(refused("recipient_mismatch"));
  });
});

describe("the text", () => {
  const mutations: readonly (readonly [string, (segment: string) => string])[] = [
    ["a space before", (s) => ` ${s}`],
    ["a space within", (s) => `${s.slice(0, 3)} ${s.slice(3)}`],
    ["a tab", (s) => `${s}\t`],
    ["a newline", (s) => `${s.slice(0, 2)}\n${s.slice(2)}`],
    ["padding", (s) => `${s}=`],
    ["padding of two", (s) => `${s}==`],
    ["the other alphabet's +", (s) => `+${s.slice(1)}`],
    ["the other alphabet's /", (s) => `/${s.slice(1)}`],
    ["NUL", (s) => `${s}\0`],
    ["NBSP", (s) => `${s}\u00a0`],
    [
      "a character too few",
      (s) => (s.length % 4 === 2 ? s.slice(0, -1) : `${s}${"A".repeat((5 - (s.length % 4)) % 4)}`),
    ],
  ];
  test.each(mutations)("JW-06 refuses %s in any segment before a key is asked for", async (_, mutate) => {
    const segments = (await signer.sign(CLAIMS)).split(".");
    for (const at of [0, 1, 2]) {
      const token = segments.map((segment, i) => (i === at ? mutate(segment) : segment)).join(".");
      const answer = await verify(token);
      expect(answer).toEqual(refused("token_malformed"));
      expect(looks).toBe(0);
    }
  });

  test("JW-06 refuses the 15 other spellings of a signature's last character that decode alike", async () => {
    const token = await signer.sign(CLAIMS);
    const last = token.at(-1) ?? "";
    const alphabet = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"];
    const block = Math.floor(alphabet.indexOf(last) / 16) * 16; // 256 bytes end in a character of two used bits
    const twins = alphabet.slice(block, block + 16).filter((character) => character !== last);
    expect(twins).toHaveLength(15);
    for (const twin of twins) expect(await verify(token.slice(0, -1) + twin)).toEqual(refused("token_malformed"));
  });

  test.each([
    ["16,385 characters", "A".repeat(16_385)],
    ["a million dots", ".".repeat(1_000_000)],
    ["a deep object", `e30.${base64url(utf8("[".repeat(12_200)))}.AAAA`],
    ["nothing", ""],
    ["dots alone", ".."],
    ["two segments", "e30.e30"],
    ["a fourth segment", "e30.e30.AAAA.AAAA"],
    ["an empty payload", "e30..AAAA"],
    ["a payload that is no object", `${base64url(utf8('{"alg":"RS256"}'))}.${base64url(utf8("[1]"))}.AAAA`],
    ["bytes that are no UTF-8", `${base64url(utf8('{"alg":"RS256"}'))}.${base64url(Uint8Array.of(0xff))}.AAAA`],
  ])("JW-11 refuses %s", async (_, token) => {
    expect(await verify(token)).toEqual(refused("token_malformed"));
    expect(looks).toBe(0);
  });

  test("JW-11 takes the longest token up to 16,384 characters and none above", async () => {
    const filled = (length: number) => signer.sign({ ...CLAIMS, filler: "x".repeat(length) });
    let length = Math.floor(((16_384 - (await filled(0)).length) * 3) / 4) + 3;
    while ((await filled(length)).length > 16_384) length--;
    const longest = await filled(length);
    expect(longest.length).toBeGreaterThan(16_381);
    expect(await verify(longest)).toMatchObject({ ok: true });
    expect(await verify(await filled(length + 1))).toEqual(refused("token_malformed"));
  });

  test("never throws and never passes, whatever the text", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 300 }), async (text) => {
        expect((await verify(text)).ok).toBe(false);
        expect(looks).toBe(0);
      }),
    );
  });

  test("any single changed character is refused", async () => {
    const token = await signer.sign(CLAIMS);
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 1), fc.constantFrom(..."AZaz09-_.~"), async (at, character) => {
        fc.pre(token[at] !== character);
        expect((await verify(token.slice(0, at) + character + token.slice(at + 1))).ok).toBe(false);
      }),
      { numRuns: 60 },
    );
  });
});

describe("who it is for", () => {
  const audience = { audience: "https://api.example.com", clientId: undefined } as unknown as VerifyTokenOptions;
  const { client_id: _, ...anonymous } = CLAIMS;

  test.each([
    ["no audience", {}],
    ["another audience", { aud: "https://api.example.org" }],
    ["a prefix", { aud: "https://api.example.co" }],
    ["another case", { aud: "https://API.example.com" }],
    ["an empty list", { aud: [] }],
    ["a list without ours", { aud: ["a", "b"] }],
  ])("JW-07 refuses %s", async (_, claims) => {
    expect(await verify(await signer.sign({ ...CLAIMS, ...claims }), audience)).toEqual(refused("recipient_mismatch"));
    expect(looks).toBe(0);
  });

  test.each([
    ["a number", 7],
    ["an object", { "https://api.example.com": true }],
    ["a list with a number", ["https://api.example.com", 7]],
    ["a list of 17", Array.from({ length: 17 }, () => "https://api.example.com")],
    ["a list of 2,000", Array.from({ length: 2000 }, () => "a")],
    ["a list of 10,000 with ours", Array.from({ length: 10_000 }, () => "https://api.example.com")],
  ])("JW-07 refuses %s as audience", async (_, aud) => {
    expect(await verify(await signer.sign({ ...CLAIMS, aud }), audience)).toEqual(refused("token_malformed"));
  });

  test.each([["https://api.example.com"], [["other", "https://api.example.com"]]])(
    "JW-07 accepts our audience as %j",
    async (aud) => {
      expect(await verify(await signer.sign({ ...CLAIMS, aud }), audience)).toMatchObject({ ok: true });
    },
  );

  test.each([
    ["another client's token", { client_id: "client_other" }],
    ["another client's token with our id as audience", { client_id: "client_other", aud: CLIENT_ID }],
    ["a token that names our id as another list member", { client_id: "client_other", aud: ["x", CLIENT_ID] }],
  ])("JW-10 refuses %s", async (_, claims) => {
    expect(await verify(await signer.sign({ ...CLAIMS, ...claims }))).toEqual(refused("recipient_mismatch"));
  });

  test("JW-10 refuses a token that names neither client nor audience, or only a foreign audience", async () => {
    for (const claims of [anonymous, { ...anonymous, aud: "x" }, { ...anonymous, aud: ["x"] }]) {
      expect(await verify(await signer.sign(claims))).toEqual(refused("recipient_mismatch"));
    }
  });

  test("accepts the client id as audience where the claim is missing, as the WorkOS emulator writes it", async () => {
    for (const aud of [CLIENT_ID, ["x", CLIENT_ID]]) {
      expect(await verify(await signer.sign({ ...anonymous, aud }))).toMatchObject({ ok: true });
    }
  });

  test("accepts an audience from a JWT template beside our client id, as WorkOS writes it", async () => {
    expect(await verify(await signer.sign({ ...CLAIMS, aud: "convex" }))).toMatchObject({ ok: true });
  });

  test.each([
    ["an ID token by its nonce", { nonce: "n" }],
    ["an ID token by its hash of the access token", { at_hash: "h" }],
    ["an ID token by its hash of the code", { c_hash: "h" }],
    ["a logout token", { events: { "http://schemas.openid.net/event/backchannel-logout": {} } }],
  ])("JW-10 refuses %s, unless the header says at+jwt", async (_, claims) => {
    const foreign = { ...CLAIMS, aud: CLIENT_ID, ...claims };
    expect(await verify(await signer.sign(foreign))).toEqual(refused("recipient_mismatch"));
    expect(await verify(await signer.sign(foreign, { typ: "at+jwt" }))).toMatchObject({ ok: true });
  });

  test("refuses to check anything when nobody said who it is for", async () => {
    const nobody = { clientId: undefined } as unknown as Partial<VerifyTokenOptions>;
    const failed = await verify(await signer.sign(CLAIMS), nobody).catch((error: unknown) => error);
    expect(isAuthError(failed, "config_invalid")).toBe(true);
  });
});

describe("who issued it", () => {
  test.each([
    `${ISSUER}/`,
    ISSUER.slice(0, -1),
    ISSUER.toUpperCase(),
    ISSUER.replace("workos", "w\u043erkos"),
    ` ${ISSUER}`,
    `${ISSUER}\u0000`,
    "https://api.workos.com",
  ])("JW-08 refuses issuer %j", async (iss) => {
    expect(await verify(await signer.sign({ ...CLAIMS, iss }))).toEqual(refused("issuer_mismatch"));
    expect(looks).toBe(0);
  });

  test.each([[[ISSUER]], [""], [null], [{}], [1]])("JW-08 refuses %j in place of a text", async (iss) => {
    expect(await verify(await signer.sign({ ...CLAIMS, iss }))).toEqual(refused("token_malformed"));
  });

  test("JW-08 accepts each alternative of a list, exactly", async () => {
    const issuer = [ISSUER, `${ISSUER}/`] as const;
    for (const iss of issuer)
      expect(await verify(await signer.sign({ ...CLAIMS, iss }), { issuer })).toMatchObject({ ok: true });
    const other = await signer.sign({ ...CLAIMS, iss: `${ISSUER}//` });
    expect(await verify(other, { issuer })).toEqual(refused("issuer_mismatch"));
  });
});

describe("when it counts", () => {
  const bad = ['"1800000100"', "0", "-1", "1e400", "null", "true", "[]", "{}", "4294967296"];
  test.each(["exp", "iat"].flatMap((claim) => [...bad, undefined].map((value) => [claim, value] as const)))(
    "JW-09 refuses %s %s",
    async (claim, value) => {
      const { [claim]: _, ...rest } = CLAIMS as Record<string, unknown>;
      const payload = JSON.stringify(rest).slice(0, -1) + (value === undefined ? "}" : `,"${claim}":${value}}`);
      const token = await signer.signRaw('{"alg":"RS256","kid":"key-1"}', payload);
      expect(await verify(token)).toEqual(refused("token_malformed"));
      expect(looks).toBe(0);
    },
  );

  test.each(bad.filter((value) => value !== "null"))("JW-09 refuses nbf %s", async (value) => {
    const payload = `${JSON.stringify(CLAIMS).slice(0, -1)},"nbf":${value}}`;
    expect(await verify(await signer.signRaw('{"alg":"RS256","kid":"key-1"}', payload))).toEqual(
      refused("token_malformed"),
    );
  });

  test("JW-12 an ended token never asks for a key", async () => {
    const ended = await signer.sign({ ...CLAIMS, exp: NOW });
    for (let i = 0; i < 100; i++) {
      expect(await verify(ended)).toEqual(refused("token_expired"));
      expect(looks).toBe(0);
    }
  });

  test("ends at exp, to the second, later only by the tolerance asked for", async () => {
    const token = await signer.sign(CLAIMS);
    const at = (seconds: number, toleranceSeconds = 0) => verify(token, { now: () => seconds, toleranceSeconds });
    expect(await at(CLAIMS.exp - 1)).toMatchObject({ ok: true });
    expect(await at(CLAIMS.exp)).toEqual(refused("token_expired"));
    expect(await at(CLAIMS.exp + 4, 5)).toMatchObject({ ok: true });
    expect(await at(CLAIMS.exp + 5, 5)).toEqual(refused("token_expired"));
  });

  test.each(["iat", "nbf"])("tolerates %s in the future by 60 seconds and no more", async (claim) => {
    const inFuture = (seconds: number) => signer.sign({ ...CLAIMS, [claim]: NOW + seconds });
    expect(await verify(await inFuture(60))).toMatchObject({ ok: true });
    expect(await verify(await inFuture(61))).toEqual(refused("token_not_yet_valid"));
  });

  test("cuts fractions of a second off", async () => {
    const answer = await verify(await signer.sign({ ...CLAIMS, exp: NOW + 1.9, iat: NOW - 0.5 }));
    expect(answer).toMatchObject({ ok: true, claims: { exp: NOW + 1, iat: NOW - 1 } });
  });
});

describe("the claims", () => {
  test.each([
    ["sub", 5],
    ["sub", ""],
    ["org_id", 5],
    ["org_id", ""],
    ["sid", {}],
    ["role", ["admin"]],
    ["permissions", "all"],
    ["permissions", [1]],
    ["permissions", Array.from({ length: 1001 }, () => "p")],
    ["roles", {}],
    ["client_id", 1],
  ])("refuses %s of another type: %j", async (claim, value) => {
    expect(await verify(await signer.sign({ ...CLAIMS, [claim]: value }))).toEqual(refused("token_malformed"));
  });

  test("gives them as written, an own `__proto__` among them, and pollutes nothing", async () => {
    const payload = `${JSON.stringify(CLAIMS).slice(0, -1)},"__proto__":{"polluted":true},"role":null,"x":{"y":[1]}}`;
    const answer = await verify(await signer.signRaw('{"alg":"RS256","kid":"key-1"}', payload));
    const { role: _, ...rest } = CLAIMS;
    expect(answer.ok && { ...answer.claims }).toEqual({ ...rest, x: { y: [1] }, ["__proto__"]: { polluted: true } });
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe("the signature", () => {
  test("refuses another key's signature under our key's name", async () => {
    const stranger = await createSigner("key-1");
    expect(await verify(await stranger.sign(CLAIMS))).toEqual(refused("signature_invalid"));
    expect(looks).toBe(1);
  });

  test("refuses a signature of another length as the sender's fault", async () => {
    const [header, payload, signature = ""] = (await signer.sign(CLAIMS)).split(".");
    const bytes = fromBase64url(signature) ?? new Uint8Array();
    for (const length of [1, 64, 255]) {
      const token = `${header}.${payload}.${base64url(bytes.subarray(0, length))}`;
      expect(await verify(token)).toEqual(refused("signature_invalid"));
    }
  });

  test("JW-10 says that a key is not there when its name is unknown", async () => {
    expect(await verify(unsignedToken({ alg: "RS256", kid: "key-2" }))).toEqual(refused("key_not_found"));
    expect(looks).toBe(1);
  });

  test("throws when the key source hands out a key of another kind: that is no fault of the sender", async () => {
    const other = await createSigner("key-1", "PS256");
    const set = await readKeySet(jwksOf(other));
    const wrong: KeySource = { find: async () => (typeof set === "string" ? null : (set.keys[0]?.key ?? null)) };
    const failed = await verifyToken(await signer.sign(CLAIMS), wrong, options).catch((error: unknown) => error);
    expect(isAuthError(failed, "crypto_failure")).toBe(true);
  });

  test.each(["RS256", "PS256", "ES256", "EdDSA"] as const)("checks %s", async (alg) => {
    const other = await createSigner("other", alg);
    const read = await readKeySet(jwksOf(other));
    if (typeof read === "string") throw new Error(read);
    const source: KeySource = { find: async (header) => keyFor(read, header) };
    const token = await other.sign(CLAIMS);
    const allowed = { ...options, algorithms: [alg] } as const;
    expect(await verifyToken(token, source, allowed)).toMatchObject({ ok: true });
    const changed = token.replace(
      /\.(.)([^.]*)$/,
      (_, first: string, rest: string) => `.${first === "A" ? "B" : "A"}${rest}`,
    );
    expect(await verifyToken(changed, source, allowed)).toEqual(refused("signature_invalid"));
  });

  test("takes a warm key without waiting", async () => {
    const warm: KeySource = {
      peek: (header) => keyFor(keySet, header) ?? undefined,
      find: () => Promise.reject(new Error("not asked")),
    };
    expect(await verifyToken(await signer.sign(CLAIMS), warm, options)).toEqual({ ok: true, claims: CLAIMS });
  });
});

async function exportSpki(key: CryptoKey | null): Promise<string> {
  const { n, e } = signer.jwk;
  const parameters = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  const jwk = { kty: "RSA", n: String(n), e: String(e) };
  const exportable = await crypto.subtle.importKey("jwk", jwk, parameters, true, ["verify"]);
  expect(key?.extractable).toBe(false);
  const spki = new Uint8Array((await crypto.subtle.exportKey("spki", exportable)) as ArrayBuffer);
  return btoa(String.fromCharCode(...spki));
}
