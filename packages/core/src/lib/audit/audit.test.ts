import { describe, expect, test } from "vitest";
import type { AuditEvent, AuditFact, Background } from "../base/ports.js";
import { createAudit } from "./audit.js";

function recorder() {
  const events: AuditEvent[] = [];
  const kept: Promise<unknown>[] = [];
  const background: Background = { waitUntil: (promise) => void kept.push(promise) };
  const sink = { send: async (event: AuditEvent) => void events.push(event) };
  return { events, kept, background, sink };
}

const runtime = { now: () => 1_800_000_000 };

describe("audit", () => {
  test("CF-05 a sink that rejects is counted, told as background_failed with the next event, and nothing is unhandled", async () => {
    const { events, kept, background } = recorder();
    let down = true;
    const sink = {
      async send(event: AuditEvent) {
        if (down) throw new Error("queue is down");
        events.push(event);
      },
    };
    const emit = createAudit({ sink, runtime });
    emit({ type: "logout", userId: "user_1" }, background);
    emit({ type: "logout", userId: "user_2" }, background);
    expect(kept).toHaveLength(2);
    expect(await Promise.all(kept)).toEqual([undefined, undefined]);
    down = false;
    emit({ type: "login_success" }, background);
    await Promise.all(kept);
    expect(events.map(({ type, reason, count }) => ({ type, reason, count }))).toEqual([
      { type: "background_failed", reason: "audit_sink", count: 2 },
      { type: "login_success", reason: undefined, count: undefined },
    ]);
  });

  test.each([
    ["throws at once", { send: () => { throw new Error("detached binding"); } }], // biome-ignore format: one line per fault
    ["is no sink at all", {} as { send(): Promise<void> }],
    ["never answers", { send: () => new Promise<void>(() => {}) }],
  ])("AU-01 a sink that %s neither throws nor makes anybody wait", (_, sink) => {
    const emit = createAudit({ sink, runtime });
    expect(emit({ type: "logout" })).toBeUndefined();
    expect(emit({ type: "logout" }, { waitUntil: () => { throw new Error("the request has ended"); } })).toBeUndefined(); // biome-ignore format: one line
  });

  test("a clock that throws loses the event and nothing else", async () => {
    const { events, sink } = recorder();
    let broken = true;
    const emit = createAudit({
      sink,
      runtime: {
        now: () => {
          if (broken) throw new Error("clock_in_milliseconds");
          return 1;
        },
      },
    });
    emit({ type: "logout" });
    broken = false;
    emit({ type: "login_success" });
    expect(events.map((event) => event.type)).toEqual(["background_failed", "login_success"]);
  });

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
    createAudit({ sink, runtime, realm: "preview:pr-12" })(careless);
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

  test("AU-05 every event has an id of its own, the time and the realm only where one is named", async () => {
    const { events, sink, kept, background } = recorder();
    const emit = createAudit({ sink, runtime, realm: "" });
    for (let i = 0; i < 100; i++) emit({ type: "token_refresh" }, background);
    await Promise.all(kept);
    expect(new Set(events.map((event) => event.id)).size).toBe(100);
    expect(Object.keys(events[0]!).sort()).toEqual(["at", "id", "type"]);
  });

  test("without a sink nothing happens", () => {
    expect(createAudit({ runtime })({ type: "logout" })).toBeUndefined();
  });
});
