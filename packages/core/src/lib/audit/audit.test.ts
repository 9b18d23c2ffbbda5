import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { AuditEvent, AuditFact, AuditSink, Background } from "../base/ports.js";
import { createAudit } from "./audit.js";
import { consoleAudit } from "./console-audit.js";

function recorder() {
  const events: AuditEvent[] = [];
  const kept: Promise<unknown>[] = [];
  const background: Background = { waitUntil: (promise) => void kept.push(promise) };
  const sink = { send: async (event: AuditEvent) => void events.push(event) };
  return { events, kept, background, sink };
}

const runtime = { now: () => 1_800_000_000 };
const ended: Background = {
  waitUntil: () => {
    throw new Error("the request has ended");
  },
};

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(console, "warn").mockImplementation(() => {});
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Everything given to the background, with every pause and deadline on its way. */
async function settled(kept: readonly Promise<unknown>[]): Promise<readonly unknown[]> {
  await vi.advanceTimersByTimeAsync(60_000);
  return Promise.all(kept);
}

describe("a sink that fails", () => {
  test("CF-05 AU-01 is tried three times, then the event is counted and told as background_failed with the next one", async () => {
    const { events, kept, background } = recorder();
    let down = true;
    const send = vi.fn(async (event: AuditEvent) => {
      if (down) throw new Error("queue is down");
      events.push(event);
    });
    const { emit, lost } = createAudit({ sinks: [{ send }], runtime });
    emit({ type: "logout", userId: "user_1" }, background);
    emit({ type: "logout", userId: "user_2" }, background);
    expect(kept).toHaveLength(2);
    expect(await settled(kept)).toEqual([undefined, undefined]);
    expect(send).toHaveBeenCalledTimes(6);
    expect(lost()).toBe(2);
    down = false;
    emit({ type: "login_success" }, background);
    await settled(kept);
    expect(events.map(({ type, reason, count }) => ({ type, reason, count }))).toEqual([
      { type: "background_failed", reason: "audit_sink", count: 2 },
      { type: "login_success", reason: undefined, count: undefined },
    ]);
    expect(lost()).toBe(2);
  });

  test.each([
    ["throws at once", { send: () => { throw new Error("detached binding"); } }], // biome-ignore format: one line per fault
    ["is no sink at all", {} as AuditSink],
    ["never answers", { send: () => new Promise<void>(() => {}) }],
  ])("AU-01 that %s neither throws nor makes anybody wait, and is counted", async (_, sink) => {
    const { kept, background } = recorder();
    const { emit, lost } = createAudit({ sinks: [sink], runtime });
    expect(emit({ type: "logout" }, background)).toBeUndefined();
    expect(emit({ type: "logout" }, ended)).toBeUndefined();
    expect(await settled(kept)).toEqual([undefined]);
    expect(lost()).toBe(2);
  });

  test("AU-01 that is slow for 10 s has been given up within the 30 s that Workers give background work", async () => {
    const { kept, background } = recorder();
    const send = vi.fn(() => new Promise<void>((resolve) => setTimeout(resolve, 10_000)));
    const { emit, lost } = createAudit({ sinks: [{ send }], runtime });
    emit({ type: "logout" }, background);
    await vi.advanceTimersByTimeAsync(29_000);
    expect(await Promise.all(kept)).toEqual([undefined]);
    expect([send.mock.calls.length, lost()]).toEqual([3, 1]);
  });

  test("AU-01 that fails once gets the same event again, under the same id, and nothing is lost", async () => {
    const { kept, background } = recorder();
    const ids: string[] = [];
    const send = async ({ id }: AuditEvent) => {
      ids.push(id);
      if (ids.length === 1) throw new Error("overloaded");
    };
    const { emit, lost } = createAudit({ sinks: [{ send }], runtime });
    emit({ type: "logout" }, background);
    await settled(kept);
    expect(ids).toEqual([ids[0], ids[0]]);
    expect(lost()).toBe(0);
  });

  test("AU-01 that has just lost an event gets one try for each, and three again after 30 s", async () => {
    const clock = { now: 1_800_000_000 };
    const { kept, background } = recorder();
    const send = vi.fn(() => Promise.reject(new Error("down")));
    const { emit, lost } = createAudit({ sinks: [{ send }], runtime: { now: () => clock.now } });
    const triesOfOne = async () => {
      send.mockClear();
      emit({ type: "logout" }, background);
      await settled(kept);
      return send.mock.calls.length;
    };
    expect(await triesOfOne()).toBe(3);
    clock.now += 5;
    expect(await triesOfOne()).toBe(2); // the report of the loss, and the log-out
    clock.now += 60;
    expect(await triesOfOne()).toBe(6);
    expect(lost()).toBe(3);
  });

  test("AU-01 does not keep the event from another sink, which hears of the loss", async () => {
    const { events, kept, background, sink } = recorder();
    const { emit, lost } = createAudit({ sinks: [{ send: () => Promise.reject(new Error("down")) }, sink], runtime });
    emit({ type: "logout" }, background);
    await settled(kept);
    emit({ type: "login_success" }, background);
    await settled(kept);
    expect(events.map(({ type }) => type)).toEqual(["logout", "background_failed", "login_success"]);
    expect(lost()).toBe(2);
  });

  test("AU-01 is said on the console once, without a word of what was thrown", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const { kept, background } = recorder();
    const { emit } = createAudit({ sinks: [{ send: () => Promise.reject(new Error("CANARY")) }], runtime });
    for (let i = 0; i < 5; i++) emit({ type: "logout" }, background);
    await settled(kept);
    expect(warn.mock.calls).toEqual([[expect.stringContaining("audit sink does not take events")]]);
    expect(JSON.stringify(warn.mock.calls)).not.toContain("CANARY");
  });

  test("a clock that throws loses the event and nothing else", () => {
    const { events, sink } = recorder();
    let broken = true;
    const now = () => {
      if (broken) throw new Error("clock_in_milliseconds");
      return 1;
    };
    const { emit, lost } = createAudit({ sinks: [sink], runtime: { now } });
    emit({ type: "logout" });
    broken = false;
    emit({ type: "login_success" });
    expect(events.map((event) => event.type)).toEqual(["background_failed", "login_success"]);
    expect(lost()).toBe(1);
  });
});

describe("what an event says", () => {
  test("AU-03 only named fields of the right type get through, shortened and on one line", () => {
    const { events, sink } = recorder();
    const careless = {
      type: "login_failure",
      userId: "u".repeat(500),
      sessionId: 7,
      reason: "access_denied",
      detail: `line one\r\nforged line \u2028${"x".repeat(400)}\ud800`,
      keyVersion: Number.NaN,
      count: 1.5,
      accessToken: "CANARY",
      error: new Error("CANARY"),
    } as unknown as AuditFact;
    createAudit({ sinks: [sink], runtime, realm: "preview:pr-12" }).emit(careless);
    expect(events).toHaveLength(1);
    const { id, ...event } = events[0]!;
    expect(id).toMatch(/^[\w-]{22}$/);
    expect(event).toEqual({
      type: "login_failure",
      at: 1_800_000_000,
      realm: "preview:pr-12",
      userId: "u".repeat(128),
      reason: "access_denied",
      detail: `line one  forged line  ${"x".repeat(177)}`,
    });
    expect(JSON.stringify(events)).not.toContain("CANARY");
  });

  test("AU-03 of who asked: what the configuration reads, shortened, and nothing where it reads nothing or throws", () => {
    const { events, sink } = recorder();
    const request = new Request("https://app.example.com/", {
      headers: { "User-Agent": `Mozilla ${"x".repeat(9_000)}`, "CF-Connecting-IP": "203.0.113.7", Cookie: "CANARY" },
    });
    const client = ({ headers }: Request) => ({
      ipAddress: headers.get("CF-Connecting-IP") ?? "",
      userAgent: headers.get("User-Agent") ?? "",
      cookie: headers.get("Cookie"),
    });
    const { emit } = createAudit({ sinks: [sink], client, runtime });
    emit({ type: "logout" }, undefined, request);
    emit({ type: "logout" });
    const broken = () => {
      throw new Error("CANARY");
    };
    createAudit({ sinks: [sink], client: broken, runtime }).emit({ type: "logout" }, undefined, request);
    createAudit({ sinks: [sink], runtime }).emit({ type: "logout" }, undefined, request);
    const seen = events.map(({ ipAddress, userAgent }) => [ipAddress, userAgent]);
    expect(seen).toEqual([
      ["203.0.113.7", `Mozilla ${"x".repeat(248)}`],
      [undefined, undefined],
      [undefined, undefined],
      [undefined, undefined],
    ]);
    expect(JSON.stringify(events)).not.toContain("CANARY");
  });

  test("AU-05 every event has an id of its own, the time and the realm only where one is named", async () => {
    const { events, sink, kept, background } = recorder();
    const { emit } = createAudit({ sinks: [sink], runtime, realm: "" });
    for (let i = 0; i < 100; i++) emit({ type: "token_refresh" }, background);
    await settled(kept);
    expect(new Set(events.map((event) => event.id)).size).toBe(100);
    expect(Object.keys(events[0]!).sort()).toEqual(["at", "id", "type"]);
  });

  test("without a sink nothing happens, not even a look at the request", () => {
    const client = vi.fn(() => ({}));
    const { emit, lost } = createAudit({ sinks: [], client, runtime });
    expect(emit({ type: "logout" }, undefined, new Request("https://app.example.com/"))).toBeUndefined();
    expect(client).not.toHaveBeenCalled();
    expect(lost()).toBe(0);
  });

  test("consoleAudit writes each event as one line of JSON that names its source", async () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    createAudit({ sinks: [consoleAudit()], runtime }).emit({ type: "csrf", detail: "two\nlines" });
    const [line] = log.mock.calls[0] ?? [];
    expect(line).not.toContain("\n");
    expect(JSON.parse(line)).toMatchObject({
      source: "edgeseal",
      type: "csrf",
      at: 1_800_000_000,
      detail: "two lines",
    });
  });
});
