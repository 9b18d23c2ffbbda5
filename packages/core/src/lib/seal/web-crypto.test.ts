import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Keyring } from "./keyring.js";
import { parseSessionKeys } from "./parse-session-keys.js";
import { type SealBinding, seal, unseal } from "./seal.js";

const NOW = 1_800_000_000;
const body = Uint8Array.of(1, 2, 3);
const SECRET = "kTzQ4bW8xY2nR7vL5mJ9cF3hD6gS1pA0";
const newKeyring = (): Keyring => parseSessionKeys(`1:${SECRET}`, { now: () => NOW });
const bindingOf = (keyring: Keyring): SealBinding => ({
  keyring,
  purpose: "session",
  context: ["c", ""],
  now: () => NOW,
});
const operationError = (): DOMException => new DOMException("The operation failed.", "OperationError");

let binding: SealBinding;
let text = "";

beforeEach(async () => {
  binding = bindingOf(newKeyring());
  text = await seal(body, { ...binding, expiresAt: NOW + 60 });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const OPENING = ["deriveBits", "importKey", "decrypt"] as const;
const SEALING = ["deriveBits", "importKey", "encrypt"] as const;

describe("CR-20 WebCrypto that rejects with OperationError", () => {
  test.each(OPENING)(
    "in %s, while opening, is crypto_failure and no reason to doubt the visitor",
    async (operation) => {
      vi.spyOn(crypto.subtle, operation).mockImplementation(() => Promise.reject(operationError()));
      await expect(unseal(text, binding)).rejects.toMatchObject({ name: "AuthError", code: "crypto_failure" });
      vi.restoreAllMocks();
      expect((await unseal(text, binding)).ok).toBe(true);
    },
  );

  test.each(SEALING)("in %s, while sealing, is crypto_failure", async (operation) => {
    vi.spyOn(crypto.subtle, operation).mockImplementation(() => Promise.reject(operationError()));
    await expect(seal(body, { ...binding, expiresAt: NOW + 60 })).rejects.toMatchObject({ code: "crypto_failure" });
  });

  test("during the first use of a ring is crypto_failure once: nothing of it is kept", async () => {
    const fresh = bindingOf(newKeyring());
    vi.spyOn(crypto.subtle, "deriveBits").mockImplementationOnce(() => Promise.reject(operationError()));
    await expect(unseal(text, fresh)).rejects.toMatchObject({ code: "crypto_failure" });
    expect((await unseal(text, fresh)).ok).toBe(true);
  });
});

test.each(OPENING)("CR-20 a WebCrypto that throws in %s instead of rejecting is crypto_failure", async (operation) => {
  vi.spyOn(crypto.subtle, operation).mockImplementation(() => {
    throw new TypeError("not implemented");
  });
  const failed = await unseal(text, binding).catch((error: unknown) => error);
  expect(failed).toMatchObject({ code: "crypto_failure", cause: expect.any(TypeError) });
});

describe("CR-20 WebCrypto that hangs", () => {
  test.each(OPENING)("in %s, while opening, is crypto_failure before 5 seconds have passed", async (operation) => {
    vi.useFakeTimers();
    vi.spyOn(crypto.subtle, operation).mockImplementation(() => new Promise<never>(() => {}));
    const failed = unseal(text, binding).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await failed).toMatchObject({ code: "crypto_failure" });
    expect(vi.getTimerCount()).toBe(0);
  });

  test.each(SEALING)("in %s, while sealing, is crypto_failure before 5 seconds have passed", async (operation) => {
    vi.useFakeTimers();
    vi.spyOn(crypto.subtle, operation).mockImplementation(() => new Promise<never>(() => {}));
    const failed = seal(body, { ...binding, expiresAt: NOW + 60 }).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await failed).toMatchObject({ code: "crypto_failure" });
  });

  test("in the first request of a ring holds up no other request: each derives for itself", async () => {
    vi.useFakeTimers();
    const fresh = bindingOf(newKeyring());
    vi.spyOn(crypto.subtle, "deriveBits").mockImplementationOnce(() => new Promise(() => {}));
    const first = unseal(text, fresh).catch((error: unknown) => error);
    expect((await unseal(text, fresh)).ok).toBe(true);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await first).toMatchObject({ code: "crypto_failure" });
  });
});
