import { vi } from "vitest";

/** A clock that moves only when everything that could run has run, so that a schedule plays the same way every time. */
export interface VirtualTime {
  /** Milliseconds of the epoch. */
  now(): number;
  /** Calls back at that time; the result calls it off. */
  after(milliseconds: number, work: () => void): () => void;
  /** Plays until nothing is planned any more. */
  run(): Promise<void>;
}

/** Turns of the microtask queue in which every chain of awaits between two planned moments has ended. */
const TURNS = 120;
/** A world that plans more than this runs in circles. */
const MAX_MOMENTS = 100_000;

interface Moment {
  readonly at: number;
  readonly order: number;
  readonly work: () => void;
}

/** Takes over `setTimeout`; give it back with `vi.unstubAllGlobals()`. */
export function startVirtualTime(start: number, cryptography: Cryptography): VirtualTime {
  const planned: Moment[] = [];
  const timers = new Map<number, () => void>();
  let now = start;
  let order = 0;

  function after(milliseconds: number, work: () => void): () => void {
    const moment = { at: now + Math.max(0, milliseconds), order: order++, work };
    let index = planned.length;
    while (index > 0 && (planned[index - 1]?.at ?? 0) > moment.at) index--;
    planned.splice(index, 0, moment);
    return () => {
      const found = planned.indexOf(moment);
      if (found >= 0) planned.splice(found, 1);
    };
  }

  vi.stubGlobal("setTimeout", (work: () => void, milliseconds = 0): number => {
    const id = order++;
    timers.set(id, after(milliseconds, work));
    return id;
  });
  vi.stubGlobal("clearTimeout", (id: number): void => {
    timers.get(id)?.();
    timers.delete(id);
  });

  return {
    now: () => now,
    after,
    async run() {
      for (let moments = 0; ; moments++) {
        await cryptography.settled();
        const next = planned.shift();
        if (next === undefined) return;
        if (moments > MAX_MOMENTS) throw new Error("this world runs in circles");
        now = next.at;
        next.work();
      }
    },
  };
}

export interface Cryptography {
  /** Resolves once neither WebCrypto nor anything that waited for it has anything left to do. */
  settled(): Promise<void>;
  release(): void;
}

const METHODS = ["digest", "importKey", "deriveBits", "deriveKey", "encrypt", "decrypt", "sign"] as const;

/** Notices what WebCrypto has under way: it alone works outside of virtual time. No spies: they would keep every call. */
export function watchCryptography(): Cryptography {
  const { subtle } = crypto;
  const underWay = new Set<Promise<unknown>>();
  for (const method of METHODS) {
    const original = subtle[method] as (...given: unknown[]) => Promise<unknown>; // one shape for all of them
    function watched(...given: unknown[]): Promise<unknown> {
      const work = original.apply(subtle, given);
      underWay.add(work);
      const done = () => void underWay.delete(work);
      work.then(done, done);
      return work;
    }
    Object.defineProperty(subtle, method, { value: watched, configurable: true });
  }
  return {
    async settled() {
      for (;;) {
        for (let turn = 0; turn < TURNS; turn++) await null;
        if (underWay.size === 0) return;
        await Promise.allSettled(underWay);
      }
    },
    release() {
      for (const method of METHODS) Reflect.deleteProperty(subtle, method);
    },
  };
}

/** Numbers from 0 to 1 that look random and are the same for one seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}
