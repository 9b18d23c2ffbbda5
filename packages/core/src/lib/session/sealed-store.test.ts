import { describe, expect, test } from "vitest";
import { NOW, unsignedToken } from "../../../test/tokens.js";
import { SESSION_KEYS } from "../../../test/world.js";
import { utf8 } from "../base/bytes.js";
import { parseSessionKeys } from "../seal/parse-session-keys.js";
import { seal } from "../seal/seal.js";
import { sessionFromTokens } from "./from-tokens.js";
import { openSession, openSuccessor, sealSession, sealSuccessor, unsealSession } from "./sealed-store.js";
import type { Session } from "./session.js";

const now = () => NOW;
const keyring = parseSessionKeys(SESSION_KEYS, { now });
const options = { cookieName: "__Host-session", now };
const session = sessionFromTokens(
  { accessToken: unsignedToken({ alg: "RS256" }), refreshToken: "r!", user: { id: "user_01" } },
  { now, lifetimeSeconds: 1000 },
);

function later(seconds: number) {
  return { ...options, now: () => NOW + seconds };
}

describe("what does not open", () => {
  test("CR-08 CR-09 a seal at its end: expired; inside the library with the session, outside only the reason", async () => {
    const text = await sealSession(session, keyring, { ...options, idleSeconds: 100 });
    expect((await unsealSession(text, keyring, later(99))).ok).toBe(true);
    expect(await unsealSession(text, keyring, later(100))).toEqual({ ok: false, reason: "expired" });
    expect(await openSession(text, keyring, later(100))).toEqual({ ok: false, reason: "expired", session });
  });

  test("CR-09 no idle time, however long, moves the absolute end", async () => {
    const text = await sealSession(session, keyring, { ...later(900), idleSeconds: 5000 });
    expect(await unsealSession(text, keyring, later(999))).toMatchObject({ ok: true, expiresAt: NOW + 1000 });
    expect(await unsealSession(text, keyring, later(1000))).toEqual({ ok: false, reason: "expired" });
  });

  test("CR-07 a seal of another cookie or realm", async () => {
    const text = await sealSession(session, keyring, { ...options, realm: "preview:pr-12" });
    for (const other of [options, { ...options, realm: "preview:pr-12", cookieName: "__Secure-session" }]) {
      expect(await unsealSession(text, keyring, other)).toEqual({ ok: false, reason: "tampered" });
    }
  });

  test("a successor of another session, of another realm, or offered as a cookie", async () => {
    const successor = await sealSuccessor(session, keyring, "name", "", NOW);
    expect(await openSuccessor(successor, keyring, "name", "", NOW)).toEqual(session);
    expect(await openSuccessor(successor, keyring, "other", "", NOW)).toBe("tampered");
    expect(await openSuccessor(successor, keyring, "name", "preview", NOW)).toBe("tampered");
    expect(await unsealSession(successor, keyring, options)).toEqual({ ok: false, reason: "tampered" });
    const cookie = await sealSession(session, keyring, options);
    expect(await openSuccessor(cookie, keyring, "name", "", NOW)).toBe("tampered");
  });

  test("CR-16 a seal of ours around a body that is no session, ended or not: malformed", async () => {
    const binding = { keyring, purpose: "session", context: ["__Host-session", ""], now } as const;
    const text = await seal(utf8('{"user":{"id":"user_01"}}'), { ...binding, expiresAt: NOW + 100 });
    for (const seconds of [0, 100]) {
      expect(await openSession(text, keyring, later(seconds))).toEqual({ ok: false, reason: "malformed" });
    }
  });
});

describe("what is not sealed", () => {
  test.each([
    ["many long fields", { user: { id: "u", email: "x".repeat(6000), firstName: "y".repeat(6000) } }],
    ["one field longer than any", { user: { id: "u", email: "x".repeat(70_000) } }],
  ])("session_too_large: %s, without a value in the message", async (_, change: Partial<Session>) => {
    const failed = await sealSession({ ...session, ...change }, keyring, options).catch((error: unknown) => error);
    expect(failed).toMatchObject({ name: "AuthError", code: "session_too_large" });
    expect(String(failed)).not.toContain("xxxx");
  });
});

test("a session comes back with what an operator wants to know of its seal", async () => {
  const text = await sealSession(session, keyring, options);
  expect(text).toMatch(/^es1\.[\w-]+$/);
  expect(await unsealSession(text, keyring, later(10))).toEqual({
    ok: true,
    session,
    keyVersion: 1,
    outdated: false,
    issuedAt: NOW,
    expiresAt: NOW + 1000,
  });
});
