import { afterEach, describe, expect, test, vi } from "vitest";
import { judgeOrigin } from "./origin-verdict.js";
import type { Origins } from "./origins.js";

const asked = new Request("https://api.example.com/", { headers: { Origin: "https://app.example.com" } });

afterEach(() => {
  vi.useRealTimers();
});

/** Somebody's own rule, in JavaScript. */
const rule = (allows: () => unknown) => ({ allows }) as unknown as Origins;

describe("a rule of somebody's own", () => {
  test.each<[string, () => unknown]>([
    [
      "throws",
      () => {
        throw new Error("down");
      },
    ],
    ["rejects", () => Promise.reject(new Error("down"))],
    ["says nothing", () => undefined],
    ["says no yes", () => "yes"],
    ["says no yes later", async () => 1],
  ])("CS-12 that %s allows nobody, and stops nobody else", async (_, allows) => {
    expect(await judgeOrigin(asked, rule(allows))).toBe("rejected");
  });

  test("CS-12 that hangs is left after a second", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const verdict = judgeOrigin(
      asked,
      rule(() => new Promise(() => {})),
    );
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await verdict).toBe("rejected");
  });

  test("is believed when it answers, at once or later", async () => {
    expect(
      judgeOrigin(
        asked,
        rule(() => true),
      ),
    ).toBe("allowed");
    expect(
      await judgeOrigin(
        asked,
        rule(async () => true),
      ),
    ).toBe("allowed");
    expect(
      await judgeOrigin(
        asked,
        rule(async () => false),
      ),
    ).toBe("rejected");
  });
});
