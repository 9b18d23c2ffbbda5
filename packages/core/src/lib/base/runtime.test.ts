import { afterEach, describe, expect, test, vi } from "vitest";
import { readClock, resolveRuntime } from "./runtime.js";

afterEach(() => {
  vi.restoreAllMocks();
});

describe("readClock", () => {
  test.each([Date.now(), 1e11 + 1, -1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    "refuses %d: milliseconds, or no time at all",
    (time) => {
      expect(() => readClock({ now: () => time })).toThrow(expect.objectContaining({ code: "clock_in_milliseconds" }));
    },
  );

  test.each([
    [0, 0],
    [1_800_000_000.999, 1_800_000_000],
    [1e11, 1e11],
  ])("takes %d as %d", (time, seconds) => {
    expect(readClock({ now: () => time })).toBe(seconds);
  });

  test("is the platform's clock in seconds where none was passed", () => {
    vi.spyOn(Date, "now").mockReturnValue(1_800_000_000_999);
    expect(readClock({})).toBe(1_800_000_000);
  });
});

describe("resolveRuntime", () => {
  test("calls an injected fetch as a plain function: a binding's or a bound fetch dies with a receiver", async () => {
    const receivers: unknown[] = [];
    const { fetch } = resolveRuntime({
      async fetch(this: unknown) {
        receivers.push(this);
        return new Response("ok");
      },
    });
    await fetch("https://idp.example/");
    expect(receivers).toEqual([undefined]);
  });

  test("looks the platform's fetch up at each call, so that a spy set later is seen", async () => {
    const { fetch } = resolveRuntime({});
    const spy = vi.spyOn(globalThis, "fetch").mockResolvedValue(new Response("spied"));
    expect(await (await fetch("https://idp.example/", { method: "POST" })).text()).toBe("spied");
    expect(spy).toHaveBeenCalledWith("https://idp.example/", { method: "POST" });
  });

  test("checks an injected clock at each reading", () => {
    let time = 1_800_000_000.5;
    const { now } = resolveRuntime({ now: () => time });
    expect(now()).toBe(1_800_000_000);
    time = Date.now();
    expect(now).toThrow(expect.objectContaining({ code: "clock_in_milliseconds" }));
  });
});
