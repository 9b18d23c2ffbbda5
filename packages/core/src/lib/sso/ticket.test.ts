import fc from "fast-check";
import { expect, test } from "vitest";
import { generateSessionKeys } from "../seal/generate-session-keys.js";
import { parseSessionKeys } from "../seal/parse-session-keys.js";
import { seal } from "../seal/seal.js";
import type { Session } from "../session/session.js";
import { challengeOf, isChallenge, openTicket, sealTicket } from "./ticket.js";

const now = 1_800_000_000;
const keyring = parseSessionKeys(generateSessionKeys());
const PLACE = { keyring, origin: "https://blog.example.org", realm: "", now };
const SESSION: Session = {
  accessToken: "e30.e30.AAAA",
  refreshToken: "refresh",
  sessionId: "A".repeat(43),
  user: { id: "user_1" },
  createdAt: now - 60,
  expiresAt: now + 240,
  endsAt: now + 86_400,
  generation: 3,
};

test("what was sealed opens, for the same host, realm and challenge", async () => {
  const challenge = await challengeOf("secret");
  const text = await sealTicket({ challenge, session: SESSION }, PLACE);
  expect(await openTicket(text, PLACE)).toEqual({
    id: expect.stringMatching(/^[\w-]{22}$/),
    challenge,
    session: SESSION,
  });
});

test("SS-03 another host, another realm, other keys: none", async () => {
  const text = await sealTicket({ challenge: await challengeOf("secret"), session: SESSION }, PLACE);
  const others = [
    { origin: "https://shop.example.net" },
    { origin: "https://blog.example.org:8443" },
    { origin: "", realm: "https://blog.example.org" },
    { realm: "preview" },
    { keyring: parseSessionKeys(generateSessionKeys()) },
  ];
  for (const other of others) expect(await openTicket(text, { ...PLACE, ...other })).toBeNull();
});

test("no two tickets have one id", async () => {
  const challenge = await challengeOf("secret");
  const ids = await Promise.all(
    Array.from({ length: 50 }, async () => {
      const text = await sealTicket({ challenge, session: SESSION }, PLACE);
      return (await openTicket(text, PLACE))?.id;
    }),
  );
  expect(new Set(ids).size).toBe(50);
});

test("any text, and any sealed body, is opened or is none: nothing throws", async () => {
  const body = {
    keyring,
    purpose: "ticket" as const,
    context: [PLACE.origin, ""],
    expiresAt: now + 60,
    now: () => now,
  };
  await fc.assert(
    fc.asyncProperty(fc.string(), fc.uint8Array({ maxLength: 200 }), async (text, bytes) => {
      expect(await openTicket(text, PLACE)).toBeNull();
      expect(await openTicket(await seal(bytes, body), PLACE)).toBeNull();
    }),
    { numRuns: 100 },
  );
});

test("a challenge has 32 bytes", async () => {
  expect(isChallenge(await challengeOf("secret"))).toBe(true);
  for (const text of ["", "AAAA", "A".repeat(42), "A".repeat(44), `${"A".repeat(42)}=`])
    expect(isChallenge(text)).toBe(false);
  await expect(sealTicket({ challenge: "AAAA", session: SESSION }, PLACE)).rejects.toThrow(RangeError);
});
