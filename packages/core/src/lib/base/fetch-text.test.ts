import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { fetchText } from "./fetch-text.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

type Fetch = (input: string, init?: RequestInit) => Promise<Response>;
const call = (fetch: Fetch) => fetchText("https://x.example/", { fetch, deadlineMilliseconds: 5000, maxBytes: 100 });

/** A body that tells when its reader gave it up. */
function body(next: (controller: ReadableStreamDefaultController<Uint8Array>) => void) {
  const state = { cancelled: false };
  const stream = new ReadableStream<Uint8Array>({
    pull: next,
    cancel: () => {
      state.cancelled = true;
    },
  });
  return { state, stream };
}

describe("a deadline for headers and body together", () => {
  test("ID-02 no headers: `deadline`, and the call is aborted", async () => {
    let signal: AbortSignal | null | undefined;
    const fetched = call((_, init) => {
      signal = init?.signal;
      return new Promise(() => undefined);
    });
    await vi.advanceTimersByTimeAsync(4999);
    expect(signal?.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await fetched).toEqual({ ok: false, reason: "deadline" });
    expect(signal?.aborted).toBe(true);
  });

  test("ID-02 a byte a second: `deadline`, and the body is given up", async () => {
    const { state, stream } = body(async (controller) => {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      controller.enqueue(new Uint8Array(1));
    });
    const fetched = call(async () => new Response(stream));
    await vi.advanceTimersByTimeAsync(5000);
    expect(await fetched).toEqual({ ok: false, reason: "deadline" });
    await vi.advanceTimersByTimeAsync(1000);
    expect(state.cancelled).toBe(true);
  });

  test("ID-02 headers after the deadline, from a fetch that does not listen: the body is given up unread", async () => {
    const { state, stream } = body((controller) => controller.enqueue(new Uint8Array(1)));
    const fetched = call(async () => {
      await new Promise((resolve) => setTimeout(resolve, 6000));
      return new Response(stream);
    });
    await vi.advanceTimersByTimeAsync(5000);
    expect(await fetched).toEqual({ ok: false, reason: "deadline" });
    await vi.advanceTimersByTimeAsync(1000);
    expect(state.cancelled).toBe(true);
  });

  test("leaves no timer behind", async () => {
    await call(async () => new Response("x"));
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("a limit in bytes", () => {
  test("a declared length above it is refused before a byte is read", async () => {
    const { state, stream } = body((controller) => controller.enqueue(new Uint8Array(1)));
    const headers = { "content-length": "101" };
    expect(await call(async () => new Response(stream, { headers }))).toEqual({ ok: false, reason: "too_large" });
    expect(state.cancelled).toBe(true);
  });

  test("an endless body is left as soon as the limit is passed", async () => {
    const { state, stream } = body((controller) => controller.enqueue(new Uint8Array(40)));
    expect(await call(async () => new Response(stream))).toEqual({ ok: false, reason: "too_large" });
    expect(state.cancelled).toBe(true);
  });

  test("exactly the limit passes", async () => {
    expect(await call(async () => new Response("x".repeat(100)))).toMatchObject({ ok: true, text: "x".repeat(100) });
    expect(await call(async () => new Response("x".repeat(101)))).toEqual({ ok: false, reason: "too_large" });
  });
});

test.each([301, 302, 303, 307, 308])("a redirect of status %i is not followed", async (status) => {
  const seen: RequestInit[] = [];
  const fetched = await call(async (_, init) => {
    seen.push(init ?? {});
    return new Response(null, { status, headers: { location: "http://evil.example/" } });
  });
  expect(fetched).toEqual({ ok: false, reason: "redirect" });
  expect(seen).toMatchObject([{ redirect: "manual" }]);
});

test("ID-04 a failing network is an answer, not an exception", async () => {
  expect(await call(() => Promise.reject(new TypeError("dns")))).toEqual({ ok: false, reason: "network" });
  const throwing = () => {
    throw new TypeError("at once");
  };
  expect(await call(throwing)).toEqual({ ok: false, reason: "network" });
  const { stream } = body((controller) => controller.error(new TypeError("reset")));
  expect(await call(async () => new Response(stream))).toEqual({ ok: false, reason: "network" });
});

test("bytes that are no UTF-8 are no text", async () => {
  expect(await call(async () => new Response(Uint8Array.of(0xff)))).toEqual({ ok: false, reason: "not_utf8" });
});

test("gives status, headers and text of every other answer; no body is an empty text", async () => {
  const fetched = await call(async () => new Response("nö", { status: 429, headers: { "retry-after": "5" } }));
  expect(fetched).toMatchObject({ ok: true, status: 429, text: "nö" });
  expect(fetched.ok && fetched.headers.get("retry-after")).toBe("5");
  expect(await call(async () => new Response(null, { status: 204 }))).toMatchObject({
    ok: true,
    status: 204,
    text: "",
  });
});

test("calls fetch as a plain function", async () => {
  const holder = {
    fetch(this: unknown) {
      return Promise.resolve(new Response(this === undefined ? "plain" : "bound"));
    },
  };
  const { fetch } = holder;
  expect(await fetchText("https://x.example/", { fetch, deadlineMilliseconds: 1, maxBytes: 9 })).toMatchObject({
    text: "plain",
  });
});
