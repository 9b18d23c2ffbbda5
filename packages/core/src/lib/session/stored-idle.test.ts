import { describe, expect, test } from "vitest";
import { copyOf, createBrowser, setCookies } from "../../../test/browser.js";
import { createStoredWorld, type StoredWorld } from "../../../test/stored-world.js";
import type { StoredRecord } from "./stored-renewal.js";

const HOUR = 3_600;

/** When a browser gives up the cookie of these answers, if it ever got another. */
function endOf(lines: readonly string[], now: number): number | undefined {
  const [age] = lines.flatMap((line) => /Max-Age=(\d+)/.exec(line)?.[1] ?? []);
  return age === undefined ? undefined : now + Number(age);
}

/** What the alarm of an object would do. */
async function renewBehind(world: StoredWorld, isolate: ReturnType<StoredWorld["isolate"]>): Promise<void> {
  const [last] = (world.home.written as (StoredRecord & { key: string; person: string })[]).slice(-1);
  const renewal = await isolate.sessions.renewStored!(last!, isolate.background);
  if (renewal.kind !== "renewed") return;
  const { person, ...record } = { ...last!, ...renewal.record };
  await world.home.getByName(person).save(record as never);
}

describe("whoever is there", () => {
  test.each([20, 60, 130, 240])(
    "a request every %i s: neither the record nor the browser's cookie ends",
    async (pause) => {
      const world = await createStoredWorld();
      const isolates = [world.isolate({ idleSeconds: HOUR }), world.isolate({ idleSeconds: HOUR })] as const;
      const browser = createBrowser();
      const made = await isolates[0].sessions.fromTokens(await world.provider.signIn(), isolates[0].background);
      if (!made.ok) throw new Error(made.reason);
      const headers = new Headers();
      const lines = await isolates[0].sessions.begin(browser.request(), made.session, isolates[0].background);
      for (const line of lines) headers.append("Set-Cookie", line);
      browser.receive({ headers });
      let cookieEnd = endOf(lines, world.clock.now()) ?? 0;
      for (let passed = 0, visit = 0; passed < 4 * HOUR; passed += pause, visit++) {
        world.clock.advance(pause);
        expect(world.clock.now()).toBeLessThan(cookieEnd);
        const isolate = isolates[visit % 2]!;
        const auth = await isolate.visit(browser);
        await isolate.background.settled();
        expect(auth.state).toBe("authenticated");
        cookieEnd = endOf(setCookies(auth), world.clock.now()) ?? cookieEnd;
      }
    },
  );

  test("and was renewed for behind their back stays for at least half of the idle time after each request", async () => {
    const world = await createStoredWorld();
    const isolate = world.isolate({ idleSeconds: HOUR });
    const browser = await world.signIn(isolate);
    for (let passed = 0; passed < 3 * HOUR; passed += 100) {
      world.clock.advance(100);
      await renewBehind(world, isolate);
      expect((await isolate.visit(browser)).state).toBe("authenticated");
      await isolate.background.settled();
      const [last] = (world.home.written as { expiresAt: number }[]).slice(-1);
      expect(last!.expiresAt - world.clock.now()).toBeGreaterThanOrEqual(HOUR / 2);
    }
  });

  test("a validator beside them neither saves nor moves the idle end", async () => {
    const world = await createStoredWorld();
    const browser = await world.signIn(world.isolate({ idleSeconds: HOUR }), { expiresInSeconds: 100_000 });
    const validator = world.isolate({ renews: false });
    for (let passed = 0; passed < HOUR; passed += 600) {
      expect((await validator.visit(copyOf(browser))).state).toBe("authenticated");
      world.clock.advance(600);
    }
    expect(await validator.visit(copyOf(browser))).toMatchObject({ state: "anonymous", reason: "session_over" });
    expect(world.home.count("save")).toBe(1);
  });
});

describe("a key that is about to end", () => {
  const keys = (first: string): string =>
    JSON.stringify([
      { version: 1, secret: "q8Zr4vW1nXc7Lt0yBe5uKa9sDf3gHj6m", active: true, openUntil: first },
      { version: 2, secret: "Xo3mPq7ZrT5wYk1nVb8cLs2dGh6jFa4e", activeFrom: "2027-01-15T10:00:00Z" },
    ]);

  test("ends no session of whoever comes once the next one seals, however often it was renewed meanwhile", async () => {
    const world = await createStoredWorld();
    const { clock } = world;
    const at = (seconds: number): string => new Date((clock.now() + seconds) * 1_000).toISOString();
    const sessionKeys = keys(at(20 * HOUR)).replace("2027-01-15T10:00:00Z", at(10 * HOUR));
    const isolate = world.isolate({ sessionKeys });
    const browser = await world.signIn(isolate);
    const first = clock.now();
    for (; clock.now() < first + 11 * HOUR; clock.advance(100)) {
      await renewBehind(world, isolate);
      if (clock.now() > first + 10 * HOUR + 200) continue;
      expect((await isolate.visit(browser)).state).toBe("authenticated");
      await isolate.background.settled();
    }
    expect((await isolate.visit(browser)).state).toBe("authenticated");
    await isolate.background.settled();
    clock.advance(12 * HOUR);
    expect((await isolate.visit(browser)).state).toBe("authenticated");
    expect(world.home.count("save")).toBeLessThan(200);
  });
});
