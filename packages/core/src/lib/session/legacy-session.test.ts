import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CLAIMS, NOW, unsignedToken } from "../../../test/tokens.js";
import { utf8 } from "../base/bytes.js";
import { decodeSession, encodeSession } from "./codec.js";
import { readLegacySession } from "./legacy-session.js";

const accessToken = unsignedToken({ alg: "RS256", kid: "k" });
const BODY = {
  accessToken,
  refreshToken: "refresh_1",
  expiresAt: NOW + 290,
  userId: CLAIMS.sub,
  organizationId: CLAIMS.org_id,
};

const read = (body: unknown, now = NOW, absoluteSeconds?: number) =>
  readLegacySession(utf8(typeof body === "string" ? body : JSON.stringify(body)), now, absoluteSeconds);

describe("what is no session", () => {
  test.each([
    ["no JSON", "{"],
    ["no object", "[]"],
    ["nothing", {}],
    ["no access token", { ...BODY, accessToken: undefined }],
    ["an access token that is no JWT", { ...BODY, accessToken: "opaque" }],
    ["a JWT without an end", { ...BODY, accessToken: unsignedToken({ alg: "RS256" }, { ...CLAIMS, exp: undefined }) }],
    ["a refresh token that is no text", { ...BODY, refreshToken: 7 }],
    ["an empty refresh token", { ...BODY, refreshToken: "" }],
    ["a refresh token with half a character", { ...BODY, refreshToken: "\ud800" }],
    ["another person than the token names", { ...BODY, userId: "user_02" }],
    ["no person", { ...BODY, userId: undefined }],
  ])("%s", async (_what, body) => {
    expect(await read(body)).toBeNull();
  });

  test("bytes that are no UTF-8", async () => {
    expect(await readLegacySession(Uint8Array.of(0x7b, 0xff, 0x7d), NOW)).toBeNull();
  });

  test("no body throws", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.json()), async (body) => {
        expect(await read(body)).toBeNull();
      }),
    );
  });
});

describe("what becomes of a session", () => {
  test("the token's own words count: its end, its person, its organisation; an end that was never a number does not", async () => {
    const session = await read({
      ...BODY,
      expiresAt: null,
      organizationId: "org_of_yesterday",
      more: { __proto__: 1 },
    });
    expect(session).toEqual({
      accessToken,
      refreshToken: "refresh_1",
      sessionId: expect.stringMatching(/^[\w-]{43}$/),
      user: { id: "user_01" },
      organizationId: "org_01",
      createdAt: CLAIMS.iat,
      expiresAt: CLAIMS.exp,
      endsAt: CLAIMS.iat + 2_592_000,
      generation: 0,
    });
    expect(session && decodeSession(encodeSession(session))).toEqual(session);
  });

  test("whoever opens it, and whenever, finds the same session; another refresh token is another one", async () => {
    const first = await read(BODY);
    expect(await read(BODY, NOW + 3_600)).toEqual(first);
    expect((await read({ ...BODY, organizationId: undefined }))?.sessionId).toBe(first?.sessionId);
    expect((await read({ ...BODY, refreshToken: "refresh_2" }))?.sessionId).not.toBe(first?.sessionId);
    // The id is shown to the person's own pages: it must not be the token.
    expect(JSON.stringify(first?.sessionId)).not.toContain("refresh_1");
  });

  test("its end is counted from the token's beginning, so no copy outlives it by being moved again", async () => {
    expect((await read(BODY, NOW + 100_000, 60))?.endsAt).toBe(CLAIMS.iat + 60);
    // A token from the future does not buy time.
    const early = await read(BODY, CLAIMS.iat - 50, 60);
    expect(early?.createdAt).toBe(CLAIMS.iat - 50);
    expect(early?.endsAt).toBe(CLAIMS.iat + 10);
  });

  test("without refresh token it lives as long as its access token", async () => {
    const session = await read({ ...BODY, refreshToken: undefined });
    expect(session?.refreshToken).toBeUndefined();
    expect(session?.sessionId).toMatch(/^[\w-]{43}$/);
  });
});
