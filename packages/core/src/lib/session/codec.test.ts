import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NOW, unsignedToken } from "../../../test/tokens.js";
import { base64url, concatBytes, utf8 } from "../base/bytes.js";
import { decodeSession, encodeSession, isWritable } from "./codec.js";
import type { Session } from "./session.js";

const HEAD = 49;
const SAMPLE: Session = {
  accessToken: unsignedToken({ alg: "RS256", kid: "key_1" }),
  refreshToken: "a refresh token, not base64url!",
  sessionId: base64url(Uint8Array.from({ length: 32 }, (_, at) => at)),
  user: { id: "user_01", email: "someone@example.com", firstName: "\ufeffé" },
  organizationId: "org_01",
  impersonator: { email: "support@example.com", reason: "asked for" },
  createdAt: NOW,
  expiresAt: NOW + 300,
  endsAt: NOW + 2_592_000,
  generation: 7,
};

function field(tag: number, bytes: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(tag, bytes.length >>> 8, bytes.length & 0xff), bytes);
}

/** A good head, and whatever fields. */
function bodyOf(...fields: readonly Uint8Array[]): Uint8Array {
  return concatBytes(encodeSession(SAMPLE).subarray(0, HEAD), ...fields);
}

const TOKEN = field(1, concatBytes(Uint8Array.of(0, 1, 1, 0, 1, 2, 0, 1, 3)));
const USER = field(10, utf8("user_01"));

describe("CR-16 bodies that nobody wrote", () => {
  test("every truncation, and every trailing byte", () => {
    const body = encodeSession(SAMPLE);
    const fieldEnds = new Set<number>();
    for (let at = HEAD; at < body.length; at += 3 + (((body[at + 1] ?? 0) << 8) | (body[at + 2] ?? 0)))
      fieldEnds.add(at);
    for (let length = 0; length < body.length; length++) {
      const read = decodeSession(body.subarray(0, length));
      // A body that ends between two optional fields is another, shorter session; only the seal tells that it was cut.
      if (read === null || fieldEnds.has(length)) continue;
      expect.fail(`accepted when cut at ${length}`);
    }
    for (let byte = 0; byte < 256; byte++) {
      expect(decodeSession(concatBytes(body, Uint8Array.of(byte)))).toBeNull();
    }
  });

  test("an unknown version", () => {
    const body = encodeSession(SAMPLE);
    for (let version = 0; version < 256; version++) {
      body[0] = version;
      expect(decodeSession(body) === null).toBe(version !== 1);
    }
  });

  test.each([
    ["no access token", [USER]],
    ["no user", [TOKEN]],
    ["an unknown tag", [TOKEN, USER, field(99, utf8("x"))]],
    ["tag 0", [field(0, utf8("x")), TOKEN, USER]],
    ["a tag out of order", [USER, TOKEN]],
    ["a tag twice", [TOKEN, USER, USER]],
    ["two kinds of refresh token", [TOKEN, field(2, Uint8Array.of(0, 1, 1)), field(3, utf8("é")), USER]],
    ["a refresh token written in the longer of its two ways", [TOKEN, field(3, utf8("abcd")), USER]],
    ["a reason without an impersonator", [TOKEN, USER, field(22, utf8("because"))]],
    ["an empty text", [TOKEN, USER, field(11, utf8(""))]],
    ["an empty token", [field(1, utf8("")), USER]],
    ["a token of one empty part", [field(1, Uint8Array.of(0, 0)), USER]],
    ["an empty refresh token", [TOKEN, field(2, Uint8Array.of(0, 0)), USER]],
    ["a part longer than its token", [field(1, Uint8Array.of(0, 2, 1)), USER]],
    ["half a length", [field(1, Uint8Array.of(0)), USER]],
    ["bytes that are no text", [TOKEN, field(10, Uint8Array.of(0xff))]],
    ["a lone surrogate", [TOKEN, field(10, Uint8Array.of(0xed, 0xa0, 0x80))]],
    ["a long form of a short character", [TOKEN, field(10, Uint8Array.of(0xc0, 0xaf))]],
  ])("%s", (_, fields) => {
    expect(decodeSession(bodyOf(...fields))).toBeNull();
  });

  test("whatever is read would have been written exactly like that", () => {
    const body = encodeSession(SAMPLE);
    const changed = fc.tuple(fc.integer({ min: 0, max: body.length - 1 }), fc.integer({ min: 0, max: 255 }));
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.array(changed, { minLength: 1, maxLength: 3 }).map((changes) => {
        const copy = body.slice();
        for (const [at, byte] of changes) copy[at] = byte;
        return copy;
      }),
    );
    fc.assert(
      fc.property(bytes, (given) => {
        const read = decodeSession(given);
        if (read !== null) expect(encodeSession(read)).toEqual(concatBytes(given));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("sessions that cannot be written", () => {
  const wrong: readonly (readonly [string, Partial<Session>])[] = [
    ["accessToken", { accessToken: "" }],
    ["accessToken", { accessToken: "not base64url!" }],
    ["refreshToken", { refreshToken: "lone \ud800" }],
    ["sessionId", { sessionId: "short" }],
    ["user.id", { user: { id: "" } }],
    ["user.id", { user: { id: "\udfff" } }],
    ["createdAt", { createdAt: 1.5 }],
    ["endsAt", { endsAt: 2 ** 32 }],
    ["expiresAt", { expiresAt: Number.NaN }],
    ["generation", { generation: -1 }],
  ];
  test.each(wrong)("name the field and no value: %s", (name, change) => {
    const session = { ...SAMPLE, ...change };
    expect(isWritable(session)).toBe(false);
    const problem = expect.stringContaining(`\`${name}\``);
    expect(() => encodeSession(session)).toThrowError(
      expect.objectContaining({ code: "config_invalid", problems: [problem] }),
    );
  });

  test("are too large with a field above 65,535 bytes", () => {
    const session = { ...SAMPLE, user: { id: "user_01", email: "x".repeat(65_536) } };
    expect(() => encodeSession(session)).toThrowError(expect.objectContaining({ code: "payload_too_large" }));
    expect(isWritable(session)).toBe(true);
  });
});

describe("sessions", () => {
  test("come back as they were", () => {
    const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 });
    const time = fc.integer({ min: 0, max: 2 ** 32 - 1 });
    const part = fc.uint8Array({ minLength: 1, maxLength: 60 }).map(base64url);
    const option = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
    const session = fc.record({
      accessToken: fc.tuple(part, part, part).map((parts) => parts.join(".")),
      refreshToken: option(fc.oneof(text, part)),
      sessionId: fc.uint8Array({ minLength: 32, maxLength: 32 }).map(base64url),
      user: fc.record({ id: text, email: option(text), firstName: option(text), lastName: option(text) }),
      organizationId: option(text),
      impersonator: option(fc.record({ email: text, reason: option(text) })),
      createdAt: time,
      expiresAt: time,
      endsAt: time,
      generation: time,
    });
    fc.assert(
      fc.property(session, (given) => {
        const written = encodeSession(given as Session);
        expect(decodeSession(written)).toEqual(JSON.parse(JSON.stringify(given)));
      }),
    );
  });

  test("hold no field a provider may have added, and pollute nothing", () => {
    const user = JSON.parse('{"id":"user_01","__proto__":{"admin":true},"rawAttributes":"canary"}');
    const read = decodeSession(encodeSession({ ...SAMPLE, user }));
    expect(read?.user).toEqual({ id: "user_01" });
    expect(Object.hasOwn(Object.prototype, "admin")).toBe(false);
  });

  test("take three bytes of a token for four characters", () => {
    const { refreshToken: _, impersonator: __, organizationId: ___, ...rest } = SAMPLE;
    const written = encodeSession({ ...rest, user: { id: "u" } });
    expect(written.length).toBeLessThan(HEAD + 20 + SAMPLE.accessToken.length * 0.75);
  });
});
