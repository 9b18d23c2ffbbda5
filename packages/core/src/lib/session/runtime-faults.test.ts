import { afterEach, describe, expect, test, vi } from "vitest";
import { setCookies } from "../../../test/browser.js";
import { createWorld } from "../../../test/world.js";

afterEach(() => void vi.restoreAllMocks());

function fault(): DOMException {
  return new DOMException("The operation failed.", "OperationError");
}

function breakCrypto(operation: "decrypt" | "encrypt" | "verify" | "deriveBits" | "digest"): void {
  vi.spyOn(crypto.subtle, operation).mockImplementation(() => Promise.reject(fault()));
}

describe("CR-20 WebCrypto fails", () => {
  test.each(["decrypt", "deriveBits", "verify"] as const)(
    "in %s: 503, the cookie stays, an event",
    async (operation) => {
      const world = await createWorld();
      const browser = await world.signIn(world.isolate());
      const isolate = world.isolate();
      breakCrypto(operation);
      const auth = await isolate.visit(browser);
      expect(auth).toMatchObject({ state: "unavailable", reason: "crypto_failure" });
      expect(setCookies(auth)).toEqual([]);
      expect(isolate.events.of("crypto_failure")).toHaveLength(1);
      vi.restoreAllMocks();
      expect((await isolate.visit(browser)).state).toBe("authenticated");
    },
  );

  test("while a good cookie is to be sealed again: the visitor is let in with the one there is", async () => {
    const world = await createWorld();
    const isolate = world.isolate({ idleSeconds: 1000 });
    const browser = await world.signIn(isolate, { expiresInSeconds: 5000 });
    world.clock.advance(600);
    breakCrypto("encrypt");
    const auth = await isolate.visit(browser);
    expect(auth.state).toBe("authenticated");
    expect(setCookies(auth)).toEqual([]);
    expect(isolate.events.of("crypto_failure")).toHaveLength(1);
    vi.restoreAllMocks();
    expect(setCookies(await isolate.visit(browser))).toHaveLength(1);
  });

  test("in hashing, where the ledger is asked for a due refresh: 503, the cookie stays, nothing asked of the provider", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate);
    world.clock.advance(400);
    breakCrypto("digest");
    const auth = await isolate.visit(browser);
    expect(auth).toMatchObject({ state: "unavailable", reason: "crypto_failure" });
    expect(setCookies(auth)).toEqual([]);
    expect(isolate.events.of("crypto_failure")).toHaveLength(1);
    expect(world.provider.count("refresh")).toBe(0);
    vi.restoreAllMocks();
    expect(await isolate.visit(browser)).toMatchObject({ state: "authenticated", refreshed: true });
  });

  test("in hashing, at the log-out: the cookie goes all the same, and an event says what was not ended", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate);
    breakCrypto("digest");
    const ended = await isolate.sessions.end(browser.request());
    expect(ended.cookies).not.toEqual([]);
    expect(isolate.events.of("crypto_failure")).toHaveLength(1);
  });

  test("once, while the successor is sealed: tried again, nothing lost", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate);
    world.clock.advance(400);
    vi.spyOn(crypto.subtle, "encrypt").mockImplementationOnce(() => Promise.reject(fault()));
    expect(await isolate.visit(browser)).toMatchObject({ state: "authenticated", refreshed: true });
    expect(world.provider.count("refresh")).toBe(1);
  });

  test("while the renewed cookie is sealed, after settling: 503, and the ledger still has the session", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate);
    world.clock.advance(400);
    world.ledger.before("settle", () => breakCrypto("encrypt"));
    const auth = await isolate.visit(browser);
    expect(auth).toMatchObject({ state: "unavailable", reason: "crypto_failure" });
    expect(setCookies(auth)).toEqual([]);
    vi.restoreAllMocks();
    expect(await isolate.visit(browser)).toMatchObject({ state: "authenticated", refreshed: true });
    expect(world.provider.count("refresh")).toBe(1);
  });

  test("CR-13 no randomness: no cookie is made, and whoever has a good one comes in", async () => {
    const world = await createWorld();
    const isolate = world.isolate({ idleSeconds: 1000 });
    const browser = await world.signIn(isolate, { expiresInSeconds: 5000 });
    world.clock.advance(600);
    vi.spyOn(crypto, "getRandomValues").mockImplementation((bytes) => bytes);
    const auth = await isolate.visit(browser);
    expect(auth.state).toBe("authenticated");
    expect(setCookies(auth)).toEqual([]);
  });
});
