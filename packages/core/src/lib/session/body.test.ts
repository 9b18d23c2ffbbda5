import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NOW, unsignedToken } from "../../../test/tokens.js";
import { base64url, concatBytes, utf8, utf8Text } from "../base/bytes.js";
import { sealedLength } from "../seal/seal.js";
import { makeBody, readBody } from "./body.js";
import { claimsPart, decodeSession, deflatedClaimsIn, encodeSession } from "./codec.js";
import { deflate } from "./deflate.js";
import type { Session } from "./session.js";

const CLIENT_ID = "client_01HZX3Q9S7N5V8W2B4D6F0G1J3";

/** What a WorkOS token of somebody with that many permissions says. */
function claims(permissions: number): object {
  const verbs = ["read", "write", "delete"];
  const things = ["projects", "members", "billing", "reports", "invoices", "audits", "tokens", "webhooks"];
  return {
    iss: `https://api.workos.com/user_management/${CLIENT_ID}`,
    sub: "user_01HZX3Q9S7N5V8W2B4D6F0G1J5",
    sid: "session_01HZX3Q9S7N5V8W2B4D6000001",
    jti: "01HZX3Q9S7N5V8W2B4D6000001",
    client_id: CLIENT_ID,
    auth_time: NOW,
    org_id: "org_01HZX3Q9S7N5V8W2B4D6F0G1J6",
    role: "editor",
    roles: ["editor"],
    permissions: Array.from({ length: permissions }, (_, at) => {
      const area = at < 24 ? "" : `area-${Math.floor(at / 24)}:`;
      return `${area}${things[Math.floor(at / 3) % 8]}:${verbs[at % 3]}`;
    }),
    iat: NOW,
    exp: NOW + 300,
  };
}

function session(tokenClaims: object, more: Partial<Session> = {}): Session {
  const header = { alg: "RS256", typ: "JWT", kid: "sso_oidc_key_pair_01HZX3Q9S7N5V8W2B4D6F0G1J4" };
  const unsigned = unsignedToken(header, tokenClaims, 0);
  return {
    // A signature is as good as random: nothing of it may be gained by compressing.
    accessToken: unsigned + base64url(crypto.getRandomValues(new Uint8Array(256))),
    refreshToken: "refresh_01HZX3Q9S7N5V8W2B4D6000001",
    sessionId: base64url(crypto.getRandomValues(new Uint8Array(32))),
    user: {
      id: "user_01HZX3Q9S7N5V8W2B4D6F0G1J5",
      email: "ada.byron@harbour-office.example",
      firstName: "Ada",
      lastName: "Byron",
      profilePictureUrl: "https://workoscdn.example/images/v1/01HZX3Q9S7N5V8W2B4D6F0G1J7.png",
    },
    organizationId: "org_01HZX3Q9S7N5V8W2B4D6F0G1J6",
    createdAt: NOW,
    expiresAt: NOW + 300,
    endsAt: NOW + 2_592_000,
    generation: 0,
    ...more,
  };
}

async function deflated(given: Session, middle?: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const part = middle ?? claimsPart(given) ?? new Uint8Array(0);
  return encodeSession(given, await deflate(part, Number.POSITIVE_INFINITY));
}

describe("CR-17 claims that stand for more than they seem to", () => {
  test("16,384 bytes are read, one more is malformed", async () => {
    const most = session(claims(0));
    const longest = await readBody(await deflated(most, new Uint8Array(16_384).fill(32)));
    expect(longest?.accessToken.split(".")[1]).toHaveLength(21_846);
    expect(await readBody(await deflated(most, new Uint8Array(16_385).fill(32)))).toBeNull();
    expect(await readBody(await deflated(most, new Uint8Array(5_000_000)))).toBeNull();
  });

  test("claims longer than that are not deflated: they could not be read again", async () => {
    const huge = session({ ...claims(0), blob: "x".repeat(17_000) });
    expect(deflatedClaimsIn(await makeBody(huge))).toBeNull();
  });

  test("a deflated part that is broken, or a body with both forms or neither, is malformed", async () => {
    const given = session(claims(200));
    const body = await deflated(given);
    const claimsAt = body.length - 300;
    for (let at = 49; at < body.length; at += 7) {
      const changed = body.slice();
      changed[at] = (changed[at] ?? 0) ^ 0x55;
      const read = await readBody(changed);
      // What still decodes is another text, which the token's signature refuses.
      if (read !== null && at < claimsAt) expect(read).not.toEqual(given);
    }
    const whole = encodeSession(given);
    const fieldOf = (bytes: Uint8Array): Uint8Array => bytes.subarray(49);
    expect(await readBody(concatBytes(whole, fieldOf(body)))).toBeNull();
    expect(await readBody(body.subarray(0, 49))).toBeNull();
    expect(decodeSession(body)).toBeNull();
    expect(decodeSession(whole, new Uint8Array(3))).toBeNull();
  });

  test("no bytes throw", async () => {
    const body = await deflated(session(claims(50)));
    await fc.assert(
      fc.asyncProperty(fc.nat(body.length), fc.uint8Array({ maxLength: 40 }), async (at, noise) => {
        const read = await readBody(concatBytes(body.subarray(0, at), noise));
        expect(read === null || typeof read.accessToken === "string").toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

describe("CR-18 what a stranger may choose beside secrets", () => {
  test("only the claims are in the compressed stream: the refresh token and the names lie beside it as they are", async () => {
    const refreshToken = "a refresh token, which is no base64url!";
    const given = session({ ...claims(200), nickname: refreshToken }, { refreshToken });
    const body = await makeBody(given);
    const stream = deflatedClaimsIn(body);
    expect(stream).not.toBeNull();
    const text = [...body].map((byte) => String.fromCharCode(byte)).join("");
    expect(text).toContain(refreshToken);
    expect(text).toContain("ada.byron@harbour-office.example");
    // Guessing right does not make the text shorter than guessing wrong.
    const wrong = session({ ...claims(200), nickname: [...refreshToken].reverse().join("") }, { refreshToken });
    const lengths = [await makeBody(given), await makeBody(wrong)].map(({ length }) => length);
    expect(Math.abs((lengths[0] ?? 0) - (lengths[1] ?? 0))).toBeLessThan(24);
  });

  test("a session that fits one cookie is not compressed at all", async () => {
    for (const permissions of [0, 12, 50]) {
      const given = session(claims(permissions));
      expect(await makeBody(given)).toEqual(encodeSession(given));
    }
  });

  test("claims that do not become shorter stay as they are", async () => {
    const noise = base64url(crypto.getRandomValues(new Uint8Array(6_000)));
    const token = `${base64url(utf8('{"alg":"RS256"}'))}.${noise}.${base64url(new Uint8Array(256))}`;
    const given = session({}, { accessToken: token });
    expect(await makeBody(given)).toEqual(encodeSession(given));
  });
});

test("whatever the claims are, the session comes back with the very token that was signed", async () => {
  await fc.assert(
    fc.asyncProperty(fc.json(), fc.integer({ min: 0, max: 300 }), async (more, permissions) => {
      const given = session({ ...claims(permissions), more });
      expect(await readBody(await makeBody(given))).toEqual(given);
      expect(await readBody(await deflated(given))).toEqual(given);
    }),
    { numRuns: 50 },
  );
});

test("sizes: the reference session stays within 1,900 characters, and within 1,300 deflated", async () => {
  const reference = session(claims(12));
  expect(utf8Text(claimsPart(reference) ?? new Uint8Array(0))).toContain('"projects:read"');
  expect(sealedLength((await makeBody(reference)).length)).toBeLessThanOrEqual(1_900);
  const small = sealedLength((await deflated(reference)).length);
  expect(small).toBeLessThanOrEqual(1_300);
});
