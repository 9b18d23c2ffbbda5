import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { problemsOf } from "../../../test/problems.js";
import type { RateLimiter, RateLimitOutcome } from "../base/ports.js";
import { canonicalPath } from "./path.js";
import { createRateLimit, type RateLimit } from "./rate-limit.js";
import type { RateLimitRules } from "./rate-limit-rules.js";

const ROUTE = "/auth/token";
const CALL = new Request("https://app.example.com/auth/token", { method: "POST" });

/** Counts each key by itself, for ever, and remembers the keys it was asked for. */
function countingLimiter(limit: number): RateLimiter & { readonly keys: string[] } {
  const counts = new Map<string, number>();
  const keys: string[] = [];
  return {
    keys,
    async limit({ key }) {
      keys.push(key);
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      return { success: count <= limit };
    },
  };
}

function answering(outcome: () => unknown): RateLimiter {
  return { limit: () => outcome() as Promise<RateLimitOutcome> };
}

function ruled(limiter: RateLimiter, whenDown: "open" | "closed" = "open"): RateLimit {
  return createRateLimit({ rules: { [ROUTE]: { limiter, whenDown } } });
}

async function refusalOf(limit: RateLimit, address: string, request = CALL): Promise<string> {
  return (await limit.check(request, ROUTE, address))?.reason ?? "passed";
}

async function told(response: Response | undefined): Promise<unknown> {
  if (response === undefined) return undefined;
  return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() };
}

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("whose calls are counted together", () => {
  test("RL-03 every address of one /64, and every spelling of one address, shares one bucket", async () => {
    const limiter = countingLimiter(3);
    const limit = ruled(limiter);
    for (const address of ["2001:db8::1", "2001:DB8::ffff:ffff:ffff:ffff", "2001:0db8:0:0:1:2:3:4"]) {
      expect(await refusalOf(limit, address)).toBe("passed");
    }
    expect(await refusalOf(limit, "2001:db8:0:0:dead:beef::1")).toBe("rate_limited");
    expect(await refusalOf(limit, "2001:db8:0:1::1")).toBe("passed");
    for (const address of ["192.0.2.1", "::ffff:192.0.2.1", "::FFFF:C000:201"]) {
      expect(await refusalOf(limit, address)).toBe("passed");
    }
    expect(await refusalOf(limit, "192.0.2.1")).toBe("rate_limited");
    expect(new Set(limiter.keys).size).toBe(3);
  });

  test("RL-04 who comes without an address shares one strict bucket, is told of, and locks nobody else out", async () => {
    const limiter = countingLimiter(2);
    const limit = ruled(limiter);
    expect(await limit.decide(CALL, ROUTE, "")).toEqual({
      refusal: null,
      facts: [{ type: "no_client_address", reason: ROUTE }],
    });
    expect(await refusalOf(limit, "unknown")).toBe("passed");
    const third = await limit.decide(CALL, ROUTE, "192.0.2.1, 198.51.100.7");
    expect(third.refusal?.reason).toBe("rate_limited");
    expect(third.facts).toEqual([
      { type: "no_client_address", reason: ROUTE },
      { type: "rate_limited", reason: ROUTE },
    ]);
    expect(await refusalOf(limit, "192.0.2.1")).toBe("passed");
    // What stands for "no address" is no address that somebody could have.
    expect(await refusalOf(limit, "no-address")).toBe("rate_limited");
    expect(new Set(limiter.keys).size).toBe(2);
  });

  test("RL-04 headers that a client writes decide nothing", async () => {
    const limiter = countingLimiter(1);
    const limit = ruled(limiter);
    const spoofed = (from: string) =>
      new Request(CALL, { headers: { "X-Forwarded-For": from, "X-Real-IP": from, Forwarded: `for=${from}` } });
    expect(await refusalOf(limit, "192.0.2.1", spoofed("198.51.100.1"))).toBe("passed");
    expect(await refusalOf(limit, "192.0.2.1", spoofed("198.51.100.2"))).toBe("rate_limited");
    expect(new Set(limiter.keys).size).toBe(1);
  });

  test("RL-07 whoever uses up their bucket on somebody's account locks nobody out: no account is in the key", async () => {
    const limiter = countingLimiter(2);
    const limit = ruled(limiter);
    const attempt = (account: string) =>
      new Request(CALL.url, {
        method: "POST",
        body: JSON.stringify({ email: account }),
        headers: { "Content-Type": "application/json", Cookie: `account=${account}` },
      });
    for (const expected of ["passed", "passed", "rate_limited"]) {
      expect(await refusalOf(limit, "192.0.2.66", attempt("victim@example.com"))).toBe(expected);
    }
    expect(await refusalOf(limit, "198.51.100.7", attempt("victim@example.com"))).toBe("passed");
    // The body is still there for whoever comes next.
    const request = attempt("victim@example.com");
    await limit.check(request, ROUTE, "198.51.100.7");
    expect(request.bodyUsed).toBe(false);
  });
});

describe("RL-08 keys", () => {
  test("are of one length, however long a route is", async () => {
    const limiter = countingLimiter(1);
    const route = `/${"a".repeat(600)}`;
    const limit = createRateLimit({ rules: { [route]: { limiter, whenDown: "open" } } });
    await limit.check(CALL, route, "192.0.2.1");
    expect(limiter.keys).toEqual([expect.stringMatching(/^[\w-]{43}$/)]);
  });

  test("are made once for a client and a route, of a thousand buckets at most, and are never mixed up", async () => {
    const limiter = countingLimiter(100);
    const rules = { "/a": { limiter, whenDown: "open" }, "/a 192.0.2.1": { limiter, whenDown: "open" } } as const;
    const limit = createRateLimit({ rules });
    const digest = vi.spyOn(crypto.subtle, "digest");
    for (let time = 0; time < 3; time++)
      for (const route of ["/a", "/a 192.0.2.1"]) await limit.check(CALL, route, "192.0.2.1");
    expect([digest.mock.calls.length, new Set(limiter.keys).size]).toEqual([2, 2]);
    for (let host = 0; host < 1_000; host++) await limit.check(CALL, "/a", `10.0.${host >> 8}.${host & 255}`);
    digest.mockClear();
    await limit.check(CALL, "/a", "10.0.3.231");
    expect(digest).not.toHaveBeenCalled();
    await limit.check(CALL, "/a", "192.0.2.1");
    expect(digest).toHaveBeenCalledTimes(1);
    expect(limiter.keys.at(-1)).toBe(limiter.keys[0]);
  });

  test("are hashes of lp(route) ‖ lp(network), so that no separator can be forged", async () => {
    const limiter = countingLimiter(100);
    const routes = ["/a", "/a:", "/a:192.0.2.1", "/a:2001", "/a:2001:db8"];
    const rules = Object.fromEntries(routes.map((route) => [route, { limiter, whenDown: "open" as const }]));
    const limit = createRateLimit({ rules });
    for (const route of routes) {
      for (const address of ["192.0.2.1", "2001:db8::1", "db8::1", ":192.0.2.1"])
        await limit.check(CALL, route, address);
    }
    // 5 routes × 3 networks, and the one without.
    expect(new Set(limiter.keys).size).toBe(20);
    const bytes = new TextEncoder().encode("\0\x02/a\0\x09192.0.2.1");
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    const base64 = btoa(String.fromCharCode(...digest));
    expect(limiter.keys[0]).toBe(base64.replaceAll("+", "-").replaceAll("/", "_").replace("=", ""));
  });
});

describe("RL-06 a limiter that is down", () => {
  const down: readonly (readonly [string, () => unknown])[] = [
    [
      "throws",
      () => {
        throw new TypeError("Illegal invocation");
      },
    ],
    ["rejects", () => Promise.reject(new Error("storage is down"))],
    ["answers nothing", () => undefined],
    ["answers a text", async () => "ok"],
    ["answers without a verdict", async () => ({ limit: 10 })],
    ["answers a verdict that is no boolean", async () => ({ success: "false" })],
    ["answers null", async () => null],
  ];

  test.each(down)("that %s lets pass where the rule is open, and tells of it", async (_how, outcome) => {
    expect(await ruled(answering(outcome), "open").decide(CALL, ROUTE, "192.0.2.1")).toEqual({
      refusal: null,
      facts: [{ type: "limiter_unreachable", reason: ROUTE }],
    });
  });

  test.each(down)("that %s is 503 where the rule is closed, and told of", async (_how, outcome) => {
    const { refusal, facts } = await ruled(answering(outcome), "closed").decide(CALL, ROUTE, "192.0.2.1");
    expect(facts).toEqual([{ type: "limiter_unreachable", reason: ROUTE }]);
    expect(refusal?.reason).toBe("limiter_unreachable");
    expect(await told(refusal?.deny())).toEqual({
      status: 503,
      headers: {
        "cache-control": "private, no-store",
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
        "content-type": "application/json",
        "retry-after": "5",
        vary: "Cookie",
        "x-content-type-options": "nosniff",
      },
      body: '{"error":"unavailable"}',
    });
  });

  /** Settles after five seconds; `asked` once it was called, and with that the deadline set. */
  function slowLimiter(settle: () => unknown): { readonly limiter: RateLimiter; readonly asked: Promise<void> } {
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    const limiter = answering(() => {
      resolve();
      return new Promise((done) => setTimeout(done, 5_000)).then(settle);
    });
    return { limiter, asked };
  }

  test.each([
    ["open", "passed"],
    ["closed", "limiter_unreachable"],
  ] as const)("that hangs for 5 s holds nobody up for more than 250 ms (%s)", async (whenDown, expected) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { limiter, asked } = slowLimiter(() => ({ success: false }));
    let verdict: string | undefined;
    const decided = refusalOf(ruled(limiter, whenDown), "192.0.2.1").then((reason) => {
      verdict = reason;
    });
    await asked;
    await vi.advanceTimersByTimeAsync(249);
    expect(verdict).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    await decided;
    expect(verdict).toBe(expected);
  });

  test("that answers or fails after that changes nothing and leaves no unhandled rejection", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    for (const settle of [() => ({ success: false }), () => Promise.reject(new Error("late"))]) {
      const { limiter, asked } = slowLimiter(settle);
      const decided = refusalOf(ruled(limiter), "192.0.2.1");
      await asked;
      await vi.advanceTimersByTimeAsync(250);
      expect(await decided).toBe("passed");
      await vi.advanceTimersByTimeAsync(5_000);
    }
  });
});

describe("the answer", () => {
  const headers = {
    "cache-control": "private, no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "content-type": "application/json",
    vary: "Cookie",
    "x-content-type-options": "nosniff",
  };

  test("RL-01 is 429 with Retry-After, RateLimit and RateLimit-Policy where the limiter knows its numbers", async () => {
    const limiter = answering(async () => ({ success: false, retryAfterSeconds: 12.3, limit: 10, periodSeconds: 60 }));
    const { refusal, facts } = await ruled(limiter).decide(CALL, ROUTE, "192.0.2.1");
    expect(facts).toEqual([{ type: "rate_limited", reason: ROUTE }]);
    expect(refusal).toMatchObject({ reason: "rate_limited", detail: ROUTE });
    const answer = {
      status: 429,
      headers: {
        ...headers,
        "retry-after": "13",
        "ratelimit-policy": '"/auth/token";q=10;w=60',
        ratelimit: '"/auth/token";r=0;t=13',
      },
      body: '{"error":"rate_limited"}',
    };
    expect(await told(refusal?.deny())).toEqual(answer);
    expect(await told(refusal?.deny())).toEqual(answer);
  });

  test("RL-02 has Retry-After alone where it does not: a binding keeps its numbers to itself", async () => {
    const limiter = answering(async () => ({ success: false }));
    const refusal = await ruled(limiter).check(CALL, ROUTE, "192.0.2.1");
    expect(await told(refusal?.deny())).toEqual({
      status: 429,
      headers: { ...headers, "retry-after": "60" },
      body: '{"error":"rate_limited"}',
    });
  });

  test("is a sentence for somebody who looks at it", async () => {
    const limiter = answering(async () => ({ success: false, retryAfterSeconds: 7 }));
    const navigation = new Request(CALL.url, { headers: { "Sec-Fetch-Mode": "navigate" } });
    const refusal = await ruled(limiter).check(navigation, ROUTE, "192.0.2.1");
    expect(await told(refusal?.deny())).toEqual({
      status: 429,
      headers: { ...headers, "content-type": "text/plain; charset=utf-8", "retry-after": "7" },
      body: "Too many requests. Please try again in 7 s.\n",
    });
  });

  test("names routes of every script in the ASCII that a structured string needs", async () => {
    const limiter = answering(async () => ({ success: false, limit: 1, periodSeconds: 1, retryAfterSeconds: 1 }));
    const route = '/größe "x"';
    const limit = createRateLimit({ rules: { [route]: { limiter, whenDown: "open" } } });
    const refusal = await limit.check(CALL, route, "192.0.2.1");
    expect(refusal?.deny().headers.get("RateLimit-Policy")).toBe('"/gr%C3%B6%C3%9Fe%20%22x%22";q=1;w=1');
  });

  test("is well-formed whatever numbers a limiter gives", async () => {
    const number = fc.oneof(fc.double(), fc.integer(), fc.constant(undefined), fc.string(), fc.constant(null));
    await fc.assert(
      fc.asyncProperty(number, number, number, async (retryAfterSeconds, limit, periodSeconds) => {
        const limiter = answering(async () => ({ success: false, retryAfterSeconds, limit, periodSeconds }));
        const answer = (await ruled(limiter).check(CALL, ROUTE, "192.0.2.1"))?.deny();
        const retryAfter = answer?.headers.get("Retry-After") ?? "";
        expect(retryAfter).toMatch(/^[1-9]\d{0,4}$/);
        const quota = answer?.headers.get("RateLimit");
        if (quota !== null) expect(quota).toBe(`"/auth/token";r=0;t=${retryAfter}`);
        expect(answer?.headers.get("RateLimit-Policy") ?? "").toMatch(/^(?:"\/auth\/token";q=[1-9]\d*;w=[1-9]\d*)?$/);
      }),
    );
  });
});

describe("the rule of a path", () => {
  const limiter = countingLimiter(1);
  const rule = { limiter, whenDown: "open" } as const;
  const limit = createRateLimit({ rules: { "/*": rule, "/api/*": rule, "/api/v2/*": rule, "/api/v2/search": rule } });

  test.each([
    ["/api/v2/search", "/api/v2/search"],
    ["/api/v2/search/", "/api/v2/search"],
    ["/api/v2/%73earch", "/api/v2/search"],
    ["/api/v2/search?q=x", "/api/v2/search"],
    ["/API/V2/Search", "/api/v2/search"],
    ["/Api/v3", "/api/*"],
    ["/api/v2/searches", "/api/v2/*"],
    ["/api/v1", "/api/*"],
    ["/api", "/*"],
    ["/", "/*"],
  ])("%s is counted by %s", (path, route) => {
    expect(limit.routeOf(canonicalPath(`https://app.example.com${path}`) ?? "")).toBe(route);
  });

  test("is null where none fits, and names of a prototype are no routes", async () => {
    const single = ruled(limiter);
    for (const path of ["/auth/tokens", "/auth", "/", "constructor", "__proto__"])
      expect(single.routeOf(path)).toBeNull();
    await expect(single.check(CALL, "constructor", "192.0.2.1")).rejects.toThrow(
      'The rate limit has no rule for "constructor".',
    );
  });

  test("a method of a binding is called on the binding itself", async () => {
    class Binding {
      #calls = 0;
      async limit(): Promise<RateLimitOutcome> {
        this.#calls += 1;
        return { success: this.#calls <= 1 };
      }
    }
    const bound = ruled(new Binding());
    expect([await refusalOf(bound, "192.0.2.1"), await refusalOf(bound, "192.0.2.1")]).toEqual([
      "passed",
      "rate_limited",
    ]);
  });
});

describe("CF-01 configuration", () => {
  /** As: what JavaScript passes has no types. */
  const refused = (options: unknown) => problemsOf(() => createRateLimit(options as { rules: RateLimitRules }));

  test("names every problem at once", () => {
    const limiter = countingLimiter(1);
    const rules = {
      "auth/token": { limiter, whenDown: "open" },
      "/auth//token": { limiter, whenDown: "open" },
      "/auth/login": { limiter: undefined, whenDown: "maybe" },
      "/auth/refresh": { limiter, whenDown: "closed", limit: 30 },
      "/auth/me": null,
    };
    expect(refused({ rules, rule: {} })).toEqual([
      "`createRateLimit` has no option `rule`; it has rules.",
      '`rules["auth/token"]`: The path pattern "auth/token" must start with "/".',
      '`rules["/auth//token"]`: The path pattern "/auth//token" is ambiguous and never matches.',
      '`rules["/auth/login"]`: `limiter` must be a `ratelimits` binding or an exact limiter; is it bound?',
      '`rules["/auth/login"]`: `whenDown` must be "open" or "closed".',
      '`rules["/auth/refresh"]` has no option `limit`; it has limiter, whenDown.',
      '`rules["/auth/me"]` must be { limiter, whenDown }.',
    ]);
  });

  test.each([undefined, null, {}, { rules: {} }, { rules: 7 }])("%j names no route", (options) => {
    expect(refused(options)).toEqual([
      '`rules` must name at least one route: { "/auth/token": { limiter, whenDown: "open" } }.',
    ]);
  });
});

describe("a runtime that cannot hash", () => {
  test.each([
    ["open", "passed"],
    ["closed", "limiter_unreachable"],
  ] as const)("RL-06 is a limiter that is down, for which the rule says %s", async (whenDown, outcome) => {
    vi.spyOn(crypto.subtle, "digest").mockRejectedValue(new DOMException("The operation failed.", "OperationError"));
    const limiter = countingLimiter(9);
    const verdict = await ruled(limiter, whenDown).decide(CALL, ROUTE, "192.0.2.1");
    expect(verdict.refusal?.reason ?? "passed").toBe(outcome);
    expect(verdict.facts).toEqual([{ type: "limiter_unreachable", reason: ROUTE }]);
    expect(limiter.keys).toEqual([]);
  });
});
