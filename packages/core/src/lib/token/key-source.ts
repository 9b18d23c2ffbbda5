import { pause } from "../base/deadline.js";
import { AuthError, refuseConfig } from "../base/errors.js";
import type { Background, Emit, KeyValueStore, Runtime } from "../base/ports.js";
import { providerUrl } from "../base/provider-url.js";
import { resolveRuntime } from "../base/runtime.js";
import type { Keyring } from "../seal/keyring.js";
import { createKeyMemory } from "./key-memory.js";
import { type KeyHeader, keyFor } from "./key-set.js";

export interface KeySource {
  /**
   * `null`: no such key. Throws `AuthError` `keys_unreachable`: nobody can say. Gives the same object for as long as
   * the key is unchanged. Renewal that need not be waited for goes to `background`.
   */
  find(header: KeyHeader, background?: Background): Promise<CryptoKey | null>;
  /** The key if it is known and fresh, without any I/O; `undefined` says nothing: ask `find`. */
  peek?(header: KeyHeader): CryptoKey | undefined;
}

export interface KeySourceOptions extends Partial<Runtime> {
  /** Shared copy, usually `env.AUTH_KV`. Absent: memory, then origin. */
  readonly store?: KeyValueStore;
  /** Seals the stored copy. Absent: the copy is plain, and whoever writes into the store is believed. */
  readonly keyring?: Keyring;
  /** How long keys serve while the provider cannot be reached, in seconds. 24 h by default, 7 days at most. */
  readonly staleSeconds?: number;
  /** Separates environments that share a store. Default "". */
  readonly realm?: string;
  /** Told of keys that come, go or cannot be used. Absent: nobody is. */
  readonly emit?: Emit;
}

const FRESH_SECONDS = 300;
const MAX_AGE_SECONDS = 600;
const DEFAULT_STALE_SECONDS = 86_400;
const MAX_STALE_SECONDS = 604_800;
/** Between two tries of an origin that failed, and after a search in vain: strangers' names cost two fetches a minute. */
const PAUSE_SECONDS = 30;
/** After a search that found its key, which only the provider can bring about. */
const FOUND_PAUSE_SECONDS = 5;
/** Longer than one renewal takes (250 ms for the store, 5 s for the origin): after that its owner is taken for dead. */
const FLIGHT_SECONDS = 7;
/** A name looked for in vain sits out the next search: repeating it must not take every one from a new key's name. */
const UNKNOWN_SECONDS = 2 * PAUSE_SECONDS;
const MAX_UNKNOWN = 100;

/**
 * Keys of a JWKS URL, or of the URL of a discovery document that names one: memory, then the shared copy, then the
 * origin. Throws `AuthError` `config_invalid`. Requests of one isolate share settled values and times only. "Somebody
 * fetches" is a time, because that somebody may be cancelled at any await, and whoever waits for it looks again on timers
 * of its own: on Workers a promise made in another request may never settle.
 */
export function createKeySource(jwksUrl: string | URL, options: KeySourceOptions = {}): Required<KeySource> {
  const url = providerUrl(jwksUrl);
  const { staleSeconds = DEFAULT_STALE_SECONDS, store, keyring } = options;
  refuseConfig([
    ...(url ? [] : ["`jwksUrl` must be an https URL, or http on a loopback host."]),
    ...(staleSeconds >= MAX_AGE_SECONDS && staleSeconds <= MAX_STALE_SECONDS
      ? []
      : ["`staleSeconds` must be from 600 (ten minutes) to 604,800 (seven days)."]),
  ]);
  const runtime = resolveRuntime(options);
  const memory = createKeyMemory({
    url: url?.href ?? "",
    runtime,
    staleSeconds,
    realm: options.realm ?? "",
    emit: options.emit ?? (() => undefined),
    ...(store && { store }),
    ...(keyring && { keyring }),
  });
  let freshSeconds: number | undefined;
  let flight = 0;
  let flightEndsAt = 0;
  let searchRestsUntil = Number.NEGATIVE_INFINITY;
  /** Key names looked for in vain, with the time until which that holds. */
  const unknown = new Map<string, number>();

  function freshFor(): number {
    // ±20 %, so that isolates started together do not come for keys together. Drawn late: a Worker has no randomness
    // before its first request.
    freshSeconds ??= FRESH_SECONDS * (0.8 + 0.4 * Math.random());
    return freshSeconds;
  }

  /** Takes the mark before its first await, so that of many requests at one moment exactly one goes. */
  async function fly(work: () => Promise<void>): Promise<void> {
    const own = ++flight;
    flightEndsAt = runtime.now() + FLIGHT_SECONDS;
    await work();
    if (flight === own) flightEndsAt = 0;
  }

  async function renew(wanted: KeyHeader | undefined, background: Background | undefined): Promise<void> {
    const now = runtime.now();
    const isSearch = memory.known !== undefined && now - memory.known.fetchedAt < MAX_AGE_SECONDS;
    await memory.renew({ maxAgeSeconds: wanted ? MAX_AGE_SECONDS : freshFor(), ...(wanted && { wanted }) }, background);
    if (wanted === undefined || memory.known === undefined) return;
    if (keyFor(memory.known.set, wanted) !== null) {
      if (isSearch) searchRestsUntil = runtime.now() + FOUND_PAUSE_SECONDS;
    } else if (memory.originFailedAt === Number.NEGATIVE_INFINITY) searchedInVain(wanted);
  }

  /** Only the origin's own answer says that there is no such key: an outage says nothing. */
  function searchedInVain(header: KeyHeader): void {
    const now = runtime.now();
    searchRestsUntil = now + PAUSE_SECONDS;
    const oldest = unknown.keys().next();
    if (unknown.size >= MAX_UNKNOWN && !oldest.done) unknown.delete(oldest.value);
    // Not a second entry at its old place: the list is ordered by age.
    unknown.delete(nameOf(header));
    unknown.set(nameOf(header), now + UNKNOWN_SECONDS);
  }

  /** Waits until the renewal under way has ended; if it never does, its mark is taken away. */
  async function flightEnds(): Promise<void> {
    const seen = flight;
    let waited = 0;
    for (let delay = 25; waited < FLIGHT_SECONDS * 1000; delay = Math.min(delay * 2, 200)) {
      await pause(delay);
      waited += delay;
      if (flight !== seen || flightEndsAt <= runtime.now()) return;
    }
    flightEndsAt = 0;
  }

  /** What is known now: a key, or why there is none; `undefined`: it takes a renewal to say. */
  function settled(header: KeyHeader, now: number): CryptoKey | "unknown" | "unreachable" | undefined {
    const { known, originFailedAt } = memory;
    const originRests = now - originFailedAt < PAUSE_SECONDS;
    const age = known === undefined ? Number.POSITIVE_INFINITY : now - known.fetchedAt;
    const key = known && age < staleSeconds ? keyFor(known.set, header) : null;
    if (key !== null) return age < MAX_AGE_SECONDS || originRests ? key : undefined;
    // Nobody can say: the origin failed just now, and what we remember does not name this key.
    if (originRests) return "unreachable";
    if (age >= MAX_AGE_SECONDS) return undefined;
    return (unknown.get(nameOf(header)) ?? 0) > now || searchRestsUntil > now ? "unknown" : undefined;
  }

  function renewBehind(now: number, background: Background | undefined): void {
    const { known, originFailedAt } = memory;
    if (known === undefined || now - known.fetchedAt < freshFor()) return;
    if (flightEndsAt > now || now - originFailedAt < PAUSE_SECONDS) return;
    const renewal = fly(() => renew(undefined, background));
    background?.waitUntil(renewal);
  }

  return {
    peek(header) {
      const { known } = memory;
      if (known === undefined || runtime.now() - known.fetchedAt >= freshFor()) return undefined;
      return keyFor(known.set, header) ?? undefined;
    },

    async find(header, background) {
      // At most: wait for one who dies, wait for one who took its place, go oneself, look.
      for (let round = 0; round < 4; round++) {
        const now = runtime.now();
        const answer = settled(header, now);
        if (typeof answer === "object") {
          renewBehind(now, background);
          return answer;
        }
        if (flightEndsAt > now) await flightEnds();
        else if (answer === undefined) await fly(() => renew(header, background));
        // While the origin is not to be asked: what another isolate has learnt from it may lie in the shared copy.
        else if (memory.mayLook) await fly(() => memory.look(background));
        else if (answer === "unknown") return null;
        else break;
      }
      throw unreachable(url);
    },
  };
}

function nameOf({ alg, kid }: KeyHeader): string {
  return `${alg} ${kid ?? ""}`;
}

function unreachable(url: URL | null): AuthError {
  return new AuthError("keys_unreachable", `The provider's keys could not be had from ${url?.origin ?? "their URL"}.`);
}
