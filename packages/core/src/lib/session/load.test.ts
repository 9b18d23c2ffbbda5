import { describe, expect, test, vi } from "vitest";
import { createWorld } from "../../../test/world.js";

// Times are measured in bench/; here it is counted what a load costs.
describe("under load", { timeout: 30_000 }, () => {
  test("LD-01 ten thousand requests of signed-in people cost no call to anybody", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const browsers = await Promise.all(Array.from({ length: 20 }, () => world.signIn(isolate)));
    for (const browser of browsers) await isolate.visit(browser);
    const before = world.issuer.fetches;
    const decrypt = vi.spyOn(crypto.subtle, "decrypt");
    for (let round = 0; round < 500; round++) {
      for (const browser of browsers) {
        const auth = await isolate.sessions.validate(browser.request(), isolate.background);
        if (auth.state !== "authenticated") throw new Error(auth.reason);
      }
    }
    expect([world.issuer.fetches - before, world.provider.calls, world.ledger.calls]).toEqual([0, [], []]);
    expect(decrypt).not.toHaveBeenCalled();
    decrypt.mockRestore();
  });

  test("LD-02 a hundred thousand garbage cookies are neither decrypted nor looked up anywhere", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const decrypt = vi.spyOn(crypto.subtle, "decrypt");
    const request = new Request("https://app.example.com/", { headers: { Cookie: "__Host-session=es1.garbage" } });
    const unknown = new Request("https://app.example.com/", {
      headers: { Cookie: `__Host-session=es1.${"A".repeat(400)}` },
    });
    for (let round = 0; round < 50_000; round++) {
      for (const one of [request, unknown]) {
        if ((await isolate.sessions.validate(one)).state !== "anonymous") throw new Error("let in");
      }
    }
    expect(decrypt).not.toHaveBeenCalled();
    decrypt.mockRestore();
    expect([world.issuer.fetches, world.provider.calls, world.ledger.calls]).toEqual([0, [], []]);
  });

  test("LD-03 a thousand sessions whose tokens end together: not due together, one call each, none while it is down", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const browsers = [];
    for (let made = 0; made < 1_000; made++) browsers.push(await world.signIn(isolate));
    // From the shortest to the longest buffer (30 to 33 s before their end) they become due little by little.
    const due: number[] = [];
    world.clock.advance(266);
    for (let second = 0; second < 6; second++) {
      world.clock.advance(1);
      const before = world.provider.count("refresh");
      await Promise.all(browsers.map((browser) => isolate.visit(browser)));
      due.push(world.provider.count("refresh") - before);
    }
    expect(due.reduce((sum, calls) => sum + calls, 0)).toBe(1_000);
    expect(Math.max(...due)).toBeLessThan(600);

    world.clock.advance(400);
    world.provider.always({ retryAfterSeconds: 60 });
    const before = world.provider.count("refresh");
    for (const browser of browsers) expect((await isolate.visit(browser)).state).toBe("unavailable");
    expect(world.provider.count("refresh") - before).toBe(1);
  });
});
