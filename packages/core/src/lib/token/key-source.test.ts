import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import {
  CLAIMS,
  CLIENT_ID,
  createSigner,
  ISSUER,
  JWKS_URL,
  jwksOf,
  NOW,
  type Signer,
  unsignedToken,
} from "../../../test/tokens.js";
import { isAuthError } from "../base/errors.js";
import type { AuditFact, KeyValueStore } from "../base/ports.js";
import { generateSessionKeys } from "../seal/generate-session-keys.js";
import { parseSessionKeys } from "../seal/parse-session-keys.js";
import { createKeySource, type KeySourceOptions } from "./key-source.js";
import { verifyToken } from "./verify.js";

let one: Signer;
let two: Signer;
let three: Signer;
const RS = (kid: string) => ({ alg: "RS256", kid });

beforeAll(async () => {
  [one, two, three] = await Promise.all([createSigner("one"), createSigner("two"), createSigner("three")]);
});
beforeEach(() => {
  vi.useFakeTimers();
  // The middle of the jitter: fresh for exactly 300 s.
  vi.spyOn(Math, "random").mockReturnValue(0.5);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const realTimeout = globalThis.setTimeout.bind(globalThis);

type Origin = () => Response | Promise<Response>;
const gives = (text: string, init?: ResponseInit) => () => new Response(text, init);
const never = () => new Promise<never>(() => undefined);

interface World {
  now: number;
  origin: Origin;
  fetches: number;
  events: AuditFact[];
  background: Promise<unknown>[];
  source: ReturnType<typeof createKeySource>;
}

function world(origin: Origin, options: KeySourceOptions = {}): World {
  const made: World = {
    now: NOW,
    origin,
    fetches: 0,
    events: [],
    background: [],
    source: createKeySource(JWKS_URL, {
      now: () => made.now,
      emit: (fact) => void made.events.push(fact),
      fetch: async () => {
        made.fetches++;
        return made.origin();
      },
      ...options,
    }),
  };
  return made;
}

const background = (made: World) => ({ waitUntil: (work: Promise<unknown>) => void made.background.push(work) });

const threads = () => new Promise((resolve) => realTimeout(resolve, 1));

/** Runs timers until the work has settled; a time step moves the clock of the world too. */
async function settle<Result>(work: Promise<Result>, made?: World, limitSeconds = 30): Promise<Result | unknown> {
  let outcome: { value: unknown } | undefined;
  work.then(
    (value) => (outcome = { value }),
    (value: unknown) => (outcome = { value }),
  );
  for (let step = 0; step < limitSeconds * 5 && outcome === undefined; step++) {
    // WebCrypto works on threads of its own, which know nothing of the fake clock.
    for (let turn = 0; turn < 3 && outcome === undefined; turn++) await threads();
    if (outcome !== undefined) break;
    await vi.advanceTimersByTimeAsync(200);
    if (made && step % 5 === 4) made.now++;
  }
  if (outcome === undefined) throw new Error("still waiting");
  return outcome.value;
}

/** With all that the request left to the background. */
async function find(made: World, kid: string): Promise<unknown> {
  const found = await settle(made.source.find(RS(kid), background(made)), made);
  await settle(Promise.all(made.background), made);
  return found;
}

function memoryStore(): KeyValueStore & {
  entries: Map<string, string>;
  gets: number;
  puts: number;
  ttl: number | undefined;
} {
  const store = {
    entries: new Map<string, string>(),
    gets: 0,
    puts: 0,
    ttl: undefined as number | undefined,
    get: async (key: string) => {
      store.gets++;
      return store.entries.get(key) ?? null;
    },
    put: async (key: string, value: string, options?: { expirationTtl?: number }) => {
      store.puts++;
      store.ttl = options?.expirationTtl;
      store.entries.set(key, value);
    },
    delete: async (key: string) => void store.entries.delete(key),
  };
  return store;
}

const isUnreachable = (outcome: unknown) => isAuthError(outcome, "keys_unreachable");

describe("what must not cause a fetch", () => {
  test("JW-12 ten thousand ended, foreign or garbage tokens fetch nothing", async () => {
    const made = world(gives(jwksOf(one)));
    const options = { issuer: ISSUER, clientId: CLIENT_ID, now: () => made.now } as const;
    const tokens = [
      unsignedToken({ alg: "RS256", kid: "one" }, { ...CLAIMS, exp: NOW - 1 }),
      unsignedToken({ alg: "RS256", kid: "one" }, { ...CLAIMS, iss: "https://evil.example" }),
      unsignedToken({ alg: "none" }),
      "garbage",
    ];
    for (let i = 0; i < 10_000; i++) {
      expect((await verifyToken(tokens[i % 4] ?? "", made.source, options)).ok).toBe(false);
    }
    expect(made.fetches).toBe(0);
  });

  test("JW-13 ten thousand unknown names in 60 seconds cause two fetches, and no more is remembered than 100", async () => {
    const made = world(gives(jwksOf(one)));
    expect(await find(made, "one")).toBeInstanceOf(CryptoKey);
    made.fetches = 0;
    for (let i = 0; i < 10_000; i++) {
      made.now = NOW + 100 + Math.floor((i * 60) / 10_000);
      expect(await made.source.find(RS(`stranger-${i}`), background(made))).toBeNull();
    }
    expect(made.fetches).toBe(2);
    expect(await made.source.find(RS("one"))).toBeInstanceOf(CryptoKey);
    expect(made.fetches).toBe(2);
  });

  test("JW-13 an unknown name on a cold isolate is one fetch, and the next name within 30 seconds none", async () => {
    const made = world(gives(jwksOf(one)));
    expect(await find(made, "stranger")).toBeNull();
    expect(await find(made, "stranger")).toBeNull();
    expect(await find(made, "other")).toBeNull();
    expect(made.fetches).toBe(1);
  });
});

test("JW-13 a stranger who repeats one name leaves the next search to a new key", async () => {
  const made = world(gives(jwksOf(one)));
  await find(made, "one");
  made.now = NOW + 10;
  expect(await find(made, "stranger")).toBeNull();
  made.origin = gives(jwksOf(one, two));
  made.now = NOW + 41;
  expect(await find(made, "stranger")).toBeNull();
  expect(made.fetches).toBe(2);
  expect(await find(made, "two")).toBeInstanceOf(CryptoKey);
  expect(made.fetches).toBe(3);
});

test("JW-14 a provider that rotates fast: a search that found its key leaves the next one free", async () => {
  const made = world(gives(jwksOf(one)));
  await find(made, "one");
  made.now = NOW + 60;
  made.origin = gives(jwksOf(one, two));
  expect(await find(made, "two")).toBeInstanceOf(CryptoKey);
  made.now = NOW + 65;
  made.origin = gives(jwksOf(one, two, three));
  expect(await find(made, "three")).toBeInstanceOf(CryptoKey);
  expect(made.fetches).toBe(3);
  expect(await find(made, "stranger")).toBeNull();
  made.now = NOW + 70;
  expect(await find(made, "stranger")).toBeNull();
  expect(await find(made, "other")).toBeNull();
  expect(made.fetches).toBe(4);
});

describe("many at once", () => {
  test("JW-14 a new key asked for by 1,000 requests at once is one fetch, and all get it", async () => {
    const made = world(gives(jwksOf(one)));
    await find(made, "one");
    made.now += 60;
    made.fetches = 0;
    made.origin = async () => {
      await new Promise((resolve) => setTimeout(resolve, 400));
      return new Response(jwksOf(one, two));
    };
    const all = Promise.all(Array.from({ length: 1000 }, () => made.source.find(RS("two"))));
    const found = (await settle(all, made)) as CryptoKey[];
    expect(found).toHaveLength(1000);
    expect(new Set(found).size).toBe(1);
    expect(found[0]).toBeInstanceOf(CryptoKey);
    expect(made.fetches).toBe(1);
    expect(made.events).toEqual([{ type: "jwks_keys_changed", reason: "added:two" }]);
  });

  test("JW-14 1,000 requests on a cold isolate are one fetch", async () => {
    const made = world(async () => {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      return new Response(jwksOf(one));
    });
    const found = (await settle(
      Promise.all(Array.from({ length: 1000 }, () => made.source.find(RS("one")))),
      made,
    )) as unknown[];
    expect(found.every((key) => key instanceof CryptoKey)).toBe(true);
    expect(made.fetches).toBe(1);
  });

  test("JW-14 1,000 requests while the origin is down are one fetch and 1,000 times `keys_unreachable`", async () => {
    const made = world(async () => {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      throw new TypeError("reset");
    });
    const outcomes = Array.from({ length: 1000 }, () => made.source.find(RS("one")).catch((error: unknown) => error));
    const settled = (await settle(Promise.all(outcomes), made)) as unknown[];
    expect(settled.every(isUnreachable)).toBe(true);
    expect(made.fetches).toBe(1);
    expect(made.events).toEqual([{ type: "keys_unreachable", reason: "network" }]);
  });

  test.each([
    ["moves on", true],
    ["stands still, as it may on Workers", false],
  ])("JW-21 a fetch that dies with its request holds nobody for ever, while the clock %s", async (_, moves) => {
    // A cancelled request: its timers stop and its promises never settle. What is left of it is its mark.
    const made = world(never);
    const { setTimeout: real } = globalThis;
    vi.stubGlobal("setTimeout", () => 0);
    void made.source.find(RS("one"));
    await Promise.resolve();
    vi.stubGlobal("setTimeout", real);
    expect(made.fetches).toBe(1);
    made.origin = gives(jwksOf(one));
    const waiting = Promise.all(Array.from({ length: 50 }, () => made.source.find(RS("one"))));
    const found = (await settle(waiting, moves ? made : undefined, 10)) as unknown[];
    expect(found.every((key) => key instanceof CryptoKey)).toBe(true);
    expect(made.fetches).toBe(2);
    vi.unstubAllGlobals();
  });

  test("JW-21 a late answer of a fetch taken for dead replaces nothing newer", async () => {
    let answerLate: (response: Response) => void = () => undefined;
    const made = world(() => new Promise<Response>((resolve) => (answerLate = resolve)));
    const { setTimeout: real } = globalThis;
    vi.stubGlobal("setTimeout", () => 0);
    const dead = made.source.find(RS("one"));
    await Promise.resolve();
    vi.stubGlobal("setTimeout", real);
    made.now += 8;
    made.origin = gives(jwksOf(two));
    expect(await find(made, "two")).toBeInstanceOf(CryptoKey);
    answerLate(new Response(jwksOf(one)));
    expect(await settle(dead, made)).toBeNull();
    expect(await find(made, "two")).toBeInstanceOf(CryptoKey);
    vi.unstubAllGlobals();
  });
});

/** What `fetch` makes of an answer with `Content-Encoding: gzip`: the reader meets the bytes it stands for. */
function unpacked(): ReadableStream<Uint8Array> {
  let left = 320;
  const zeros = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      if (left-- > 0) controller.enqueue(new Uint8Array(65_536));
      else controller.close();
    },
  });
  return zeros.pipeThrough(new CompressionStream("gzip")).pipeThrough(new DecompressionStream("gzip"));
}

const BAD_ORIGINS: readonly (readonly [string, string, Origin])[] = [
  ["status 500", "keys_unreachable", gives("{}", { status: 500 })],
  ["status 404", "keys_unreachable", gives("{}", { status: 404 })],
  ["no answer", "keys_unreachable", never],
  ["a reset", "keys_unreachable", () => Promise.reject(new TypeError("reset"))],
  ["HTML with 200", "jwks_set_rejected", gives("<html>maintenance</html>")],
  ["an empty object", "jwks_set_rejected", gives("{}")],
  ["half a set", "jwks_set_rejected", () => new Response(jwksOf(one).slice(0, -9))],
  ["2 MB", "keys_unreachable", gives(`{"keys":[],"x":"${"x".repeat(2_000_000)}"}`)],
  ["20 MB that travel as 20 KB", "keys_unreachable", () => new Response(unpacked())],
  [
    "a redirect to http",
    "keys_unreachable",
    () => new Response(null, { status: 302, headers: { location: "http://x.example" } }),
  ],
  [
    "a body that never ends",
    "keys_unreachable",
    () => new Response(new ReadableStream({ start: (c) => c.enqueue(new Uint8Array(9)) })),
  ],
  [
    "a body that never stops growing",
    "keys_unreachable",
    () => new Response(new ReadableStream({ pull: (c) => c.enqueue(new Uint8Array(16_384)) })),
  ],
];

describe("when the origin fails", () => {
  test.each(BAD_ORIGINS)(
    "JW-15 ID-02 ID-04 %s: the last good set goes on, one try in 30 seconds, one event",
    async (_, event, origin) => {
      const store = memoryStore();
      const made = world(gives(jwksOf(one)), { store });
      const key = await find(made, "one");
      const copy = [...store.entries.values()];
      made.origin = origin;
      made.now = NOW + 700;
      made.fetches = 0;
      expect(await find(made, "one")).toBe(key);
      for (let i = 0; i < 5; i++) expect(await find(made, "one")).toBe(key);
      expect(made.fetches).toBe(1);
      made.now += 31;
      expect(await find(made, "one")).toBe(key);
      expect(made.fetches).toBe(2);
      expect(made.events.map(({ type }) => type)).toEqual(event === "keys_unreachable" ? [event] : [event, event]);
      expect([...store.entries.values()]).toEqual(copy);
      made.origin = gives(jwksOf(one, two));
      made.now += 31;
      expect(await find(made, "two")).toBeInstanceOf(CryptoKey);
      expect(made.events.at(-1)).toEqual({ type: "jwks_keys_changed", reason: "added:two" });
    },
  );

  test("JW-15 on a cold isolate: `keys_unreachable`, one try in 30 seconds, then well again", async () => {
    const made = world(gives("down", { status: 503 }));
    for (let i = 0; i < 3; i++) expect(isUnreachable(await find(made, "one"))).toBe(true);
    expect(made.fetches).toBe(1);
    expect(made.events).toEqual([{ type: "keys_unreachable", reason: "status_503" }]);
    made.origin = gives(jwksOf(one));
    made.now += 31;
    expect(await find(made, "one")).toBeInstanceOf(CryptoKey);
  });

  test("an unknown name while nobody can be asked is no answer `null`", async () => {
    const made = world(gives(jwksOf(one)));
    const key = await find(made, "one");
    made.origin = never;
    made.now += 100;
    expect(isUnreachable(await find(made, "two"))).toBe(true);
    expect(isUnreachable(await find(made, "two"))).toBe(true);
    expect(await find(made, "one")).toBe(key);
    expect(made.fetches).toBe(2);
  });

  test("JW-15 a name first sought in an outage is not held against it: it is sought again as soon as one may ask", async () => {
    const made = world(gives(jwksOf(one)));
    await find(made, "one");
    made.now = NOW + 60;
    made.origin = gives("down", { status: 503 });
    expect(isUnreachable(await find(made, "two"))).toBe(true);
    made.origin = gives(jwksOf(one, two));
    made.now = NOW + 89;
    expect(isUnreachable(await find(made, "two"))).toBe(true);
    made.now = NOW + 90;
    expect(await find(made, "two")).toBeInstanceOf(CryptoKey);
    expect(made.fetches).toBe(3);
  });

  test("JW-16 beyond `staleSeconds` no key is handed out any more", async () => {
    const made = world(gives(jwksOf(one)), { staleSeconds: 3600 });
    await find(made, "one");
    made.origin = never;
    made.now = NOW + 3500;
    expect(await find(made, "one")).toBeInstanceOf(CryptoKey);
    made.now = NOW + 3600;
    expect(isUnreachable(await find(made, "one"))).toBe(true);
  });
});

describe("age", () => {
  test("under 5 minutes: from memory, without I/O", async () => {
    const made = world(gives(jwksOf(one)));
    const key = await find(made, "one");
    made.now = NOW + 299;
    expect(made.source.peek(RS("one"))).toBe(key);
    expect(await made.source.find(RS("one"))).toBe(key);
    expect(made.fetches).toBe(1);
    expect(made.background).toHaveLength(1);
  });

  test("from 5 to 10 minutes: at once, and renewed once in the background", async () => {
    const made = world(gives(jwksOf(one)));
    const key = await find(made, "one");
    made.now = NOW + 301;
    made.background = [];
    expect(made.source.peek(RS("one"))).toBeUndefined();
    made.origin = gives(jwksOf(two));
    for (let i = 0; i < 3; i++) expect(await made.source.find(RS("one"), background(made))).toBe(key);
    expect(made.background).toHaveLength(1);
    await settle(Promise.all(made.background), made);
    expect(made.fetches).toBe(2);
    expect(await made.source.find(RS("two"))).toBeInstanceOf(CryptoKey);
    expect(made.events).toEqual([
      { type: "jwks_keys_changed", reason: "added:two" },
      { type: "jwks_keys_changed", reason: "removed:one" },
    ]);
  });

  test.each([
    [0, 240],
    [0.999999, 359],
  ])("±20 %% by isolate: %d means fresh for %d seconds", async (random, seconds) => {
    vi.spyOn(Math, "random").mockReturnValue(random);
    const made = world(gives(jwksOf(one)));
    await find(made, "one");
    made.now = NOW + seconds - 1;
    expect(made.source.peek(RS("one"))).toBeInstanceOf(CryptoKey);
    made.now = NOW + seconds + 1;
    expect(made.source.peek(RS("one"))).toBeUndefined();
  });

  test("JW-17 a removed key stops working within 10 minutes", async () => {
    const made = world(gives(jwksOf(one, two)));
    await find(made, "one");
    made.origin = gives(jwksOf(two));
    made.now = NOW + 600;
    expect(await find(made, "one")).toBeNull();
    expect(await find(made, "two")).toBeInstanceOf(CryptoKey);
    expect(made.fetches).toBe(2);
  });

  test("ID-06 all keys replaced at once: the first token of the new key is verified", async () => {
    const made = world(gives(jwksOf(one)));
    const options = { issuer: ISSUER, clientId: CLIENT_ID, now: () => made.now } as const;
    expect(await settle(verifyToken(await one.sign(CLAIMS), made.source, options))).toMatchObject({ ok: true });
    made.origin = gives(jwksOf(two));
    expect(await settle(verifyToken(await two.sign(CLAIMS), made.source, options))).toMatchObject({ ok: true });
    expect(await settle(verifyToken(await one.sign(CLAIMS), made.source, options))).toEqual({
      ok: false,
      reason: "key_not_found",
    });
    expect(made.fetches).toBe(2);
  });

  test("an unchanged key stays the same object over renewals", async () => {
    const made = world(gives(jwksOf(one)));
    const key = await find(made, "one");
    made.origin = gives(jwksOf(two, one));
    made.now = NOW + 601;
    expect(await find(made, "one")).toBe(key);
    expect(made.fetches).toBe(2);
  });
});

describe("the shared copy", () => {
  const keyring = parseSessionKeys(generateSessionKeys());

  test("spares other isolates the fetch, sealed or not, and carries the age of the origin's answer", async () => {
    for (const options of [{}, { keyring }]) {
      const store = memoryStore();
      const first = world(gives(jwksOf(one)), { store, ...options });
      await find(first, "one");
      await settle(Promise.all(first.background), first);
      expect(store).toMatchObject({ puts: 1, ttl: 86_400 });
      const [[name, text] = ["", ""]] = store.entries;
      expect(name).toMatch(/^edgeseal:jwks:[\w-]{43}$/);
      expect(text.startsWith("es1.")).toBe("keyring" in options);

      const second = world(gives(jwksOf(one)), { store, ...options });
      second.now = first.now + 200;
      expect(await find(second, "one")).toBeInstanceOf(CryptoKey);
      expect(second.fetches).toBe(0);
      second.now = first.now + 320;
      await find(second, "one");
      await settle(Promise.all(second.background), second);
      expect(second.fetches).toBe(1);
    }
  });

  test("JW-20 keys written into the store by a stranger are a miss, with an event, and the origin is asked", async () => {
    const store = memoryStore();
    await find(world(gives(jwksOf(one)), { store, keyring }), "one");
    const [name = ""] = store.entries.keys();
    const forged = `${JSON.stringify({ url: JWKS_URL, realm: "", fetchedAt: NOW })}\n${jwksOf(two)}`;
    store.entries.set(name, forged);
    const made = world(gives(jwksOf(one)), { store, keyring });
    expect(await find(made, "two")).toBeNull();
    expect(await find(made, "one")).toBeInstanceOf(CryptoKey);
    expect(made.fetches).toBe(1);
    expect(made.events).toEqual([{ type: "jwks_copy_rejected", reason: "unsealed" }]);
  });

  test("JW-20 a copy sealed by another ring, of another realm or cut short is a miss", async () => {
    const seal = async (options: KeySourceOptions) => {
      const store = memoryStore();
      await find(world(gives(jwksOf(two)), { store, ...options }), "two");
      return [...store.entries.values()][0] ?? "";
    };
    const good = await seal({ keyring });
    const copies = [
      [await seal({ keyring: parseSessionKeys(generateSessionKeys()) }), "unknown_key"],
      [await seal({ keyring, realm: "preview" }), "tampered"],
      [good.slice(0, -4), "tampered"],
      [good.slice(0, 30), "malformed"],
    ] as const;
    for (const [text, reason] of copies) {
      const store = memoryStore();
      store.get = async () => text;
      const made = world(gives(jwksOf(one)), { store, keyring });
      expect(await find(made, "one")).toBeInstanceOf(CryptoKey);
      expect(made).toMatchObject({ fetches: 1, events: [{ type: "jwks_copy_rejected", reason }] });
    }
  });

  test.each([
    ["throws", () => Promise.reject(new Error("kv"))],
    [
      "throws at once",
      () => {
        throw new Error("kv");
      },
    ],
    ["never answers", never],
    ["answers after 5 s", () => new Promise<string>((resolve) => setTimeout(() => resolve("x"), 5000))],
    ["answers with another type", () => Promise.resolve(7 as unknown as string)],
    ["answers with half a text", () => Promise.resolve('{"url":"http')],
    [
      "answers with another provider's copy",
      () => Promise.resolve(`{"url":"https://x.example/","realm":"","fetchedAt":${NOW}}\n{}`),
    ],
    [
      "answers with a copy from the future",
      () => Promise.resolve(`{"url":"${JWKS_URL}","realm":"","fetchedAt":${NOW + 61}}\n{}`),
    ],
    ["answers with a copy without an age", () => Promise.resolve(`{"url":"${JWKS_URL}","realm":""}\n{}`)],
    ["answers with a bad set", () => Promise.resolve(`{"url":"${JWKS_URL}","realm":"","fetchedAt":${NOW}}\n{}`)],
  ])("ST-01 a store that %s is a miss within 250 ms", async (_, get) => {
    const made = world(gives(jwksOf(one)), { store: { ...memoryStore(), get } });
    const finding = made.source.find(RS("one"));
    while (vi.getTimerCount() === 0 && made.fetches === 0) await threads();
    await vi.advanceTimersByTimeAsync(251);
    for (let turn = 0; turn < 5; turn++) await threads();
    expect(made.fetches).toBe(1);
    expect(await settle(finding)).toBeInstanceOf(CryptoKey);
  });

  test("ST-01 a store that cannot be written is one event, and nobody waits for it", async () => {
    const store = { ...memoryStore(), put: () => Promise.reject(new Error("429")) };
    const made = world(gives(jwksOf(one)), { store });
    await find(made, "one");
    made.now = NOW + 601;
    await find(made, "one");
    await settle(Promise.all(made.background), made);
    expect(made.events).toEqual([{ type: "store_unreachable", reason: "jwks_copy" }]);
  });

  test("ST-03 a stale copy of a removed key serves no longer than 10 minutes after the origin gave it", async () => {
    const store = memoryStore();
    await find(world(gives(jwksOf(one)), { store }), "one");
    const made = world(gives(jwksOf(two)), { store: { ...store, put: async () => undefined } });
    made.now = NOW + 599;
    expect(await find(made, "one")).toBeInstanceOf(CryptoKey);
    made.now = NOW + 601;
    expect(await find(made, "one")).toBeNull();
  });

  test("a copy keeps an isolate going that starts while the origin is down", async () => {
    const store = memoryStore();
    await find(world(gives(jwksOf(one)), { store, keyring }), "one");
    const made = world(never, { store, keyring });
    made.now = NOW + 5000;
    expect(await find(made, "one")).toBeInstanceOf(CryptoKey);
    expect(await find(made, "one")).toBeInstanceOf(CryptoKey);
    expect(made.fetches).toBe(1);
  });

  test("is never asked to live shorter than KV's minimum, nor longer than keys may serve", async () => {
    const store = memoryStore();
    await find(world(gives(jwksOf(one)), { store, staleSeconds: 600 }), "one");
    expect(store.ttl).toBe(600);
  });
});

describe("a key that another isolate has met already", () => {
  /** Two isolates that know `one`; then the provider signs with `two`. */
  async function fleet() {
    const store = memoryStore();
    const [first, second] = [world(gives(jwksOf(one)), { store }), world(gives(jwksOf(one)), { store })];
    await find(first, "one");
    await find(second, "one");
    const passes = (seconds: number) => {
      first.now += seconds;
      second.now += seconds;
    };
    passes(60);
    return { store, first, second, passes };
  }

  test("JW-14 is found in the shared copy while the origin rests after a failure", async () => {
    const { first, second, passes } = await fleet();
    second.origin = never;
    expect(isUnreachable(await find(second, "two"))).toBe(true);
    first.now = second.now;
    first.origin = gives(jwksOf(one, two));
    expect(await find(first, "two")).toBeInstanceOf(CryptoKey);
    passes(5);
    second.fetches = 0;
    const found = (await settle(
      Promise.all(Array.from({ length: 1000 }, () => second.source.find(RS("two")))),
      second,
    )) as CryptoKey[];
    expect(new Set(found).size).toBe(1);
    expect(found[0]).toBeInstanceOf(CryptoKey);
    expect(second.fetches).toBe(0);
    expect(second.events.at(-1)).toEqual({ type: "jwks_keys_changed", reason: "added:two" });
  });

  test("JW-14 is found in the shared copy within the cool-down of a search, looked for in vain before or not", async () => {
    for (const sought of ["two", "stranger"]) {
      const { first, second, passes } = await fleet();
      expect(await find(second, sought)).toBeNull();
      passes(1);
      first.origin = gives(jwksOf(one, two));
      expect(await find(first, "two")).toBeInstanceOf(CryptoKey);
      passes(4);
      second.fetches = 0;
      expect(await find(second, "two")).toBeInstanceOf(CryptoKey);
      expect(second.fetches).toBe(0);
    }
  });

  test("ST-01 an isolate that started while store and origin failed goes on once the store answers", async () => {
    const store = memoryStore();
    await find(world(gives(jwksOf(one)), { store }), "one");
    let isDown = true;
    const get = async (key: string) => {
      if (isDown) throw new Error("kv");
      return store.entries.get(key) ?? null;
    };
    const made = world(gives("down", { status: 503 }), { store: { ...store, get } });
    expect(isUnreachable(await find(made, "one"))).toBe(true);
    isDown = false;
    made.now += 4;
    expect(isUnreachable(await find(made, "one"))).toBe(true);
    made.now += 1;
    expect(await find(made, "one")).toBeInstanceOf(CryptoKey);
    expect(made.fetches).toBe(1);
  });

  test("JW-13 ten thousand unknown names in 60 seconds look into the shared copy every 5 seconds, no more", async () => {
    const { store, second, passes } = await fleet();
    passes(40);
    const start = second.now;
    [store.gets, second.fetches] = [0, 0];
    for (let i = 0; i < 10_000; i++) {
      second.now = start + Math.floor((i * 60) / 10_000);
      expect(await second.source.find(RS(`stranger-${i}`), background(second))).toBeNull();
    }
    expect(second.fetches).toBe(2);
    expect(store.gets).toBe(12);
  });

  test("JW-15 a thousand requests for it while the origin rests and the store hangs are one look, 250 ms long", async () => {
    const { store, second, passes } = await fleet();
    second.origin = never;
    await find(second, "two");
    passes(5);
    store.gets = 0;
    store.get = () => {
      store.gets++;
      return never();
    };
    const outcomes = Array.from({ length: 1000 }, () => second.source.find(RS("two")).catch((error: unknown) => error));
    const settled = (await settle(Promise.all(outcomes), undefined, 2)) as unknown[];
    expect(settled.every(isUnreachable)).toBe(true);
    expect(store.gets).toBe(1);
  });
});

test("names an unusable key once, not at each renewal, and keeps odd names out of the log", async () => {
  const bad = { kty: "oct", k: "AAAA", kid: "a\nb<c>" };
  const text = JSON.stringify({ keys: [one.jwk, bad] });
  const made = world(gives(text));
  await find(made, "one");
  made.now = NOW + 601;
  await find(made, "one");
  expect(made.fetches).toBe(2);
  expect(made.events).toEqual([{ type: "jwks_key_rejected", reason: "wrong_kty:a?b?c?" }]);
});

test("refuses a URL that is neither https nor loopback, and a stale bound out of range, both at once", () => {
  for (const url of ["http://api.workos.com/jwks", "ftp://x.example", "not a url", "https://user:pw@x.example/"]) {
    const failed = attempt(() => createKeySource(url, { staleSeconds: 604_801 }));
    expect(isAuthError(failed, "config_invalid") && failed.problems).toHaveLength(2);
  }
  expect(() => createKeySource("http://localhost:4100/sso/jwks/c")).not.toThrow();
});

function attempt(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}
