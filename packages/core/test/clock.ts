import { NOW } from "./tokens.js";

export interface FakeClock {
  /** Epoch seconds. */
  now(): number;
  advance(seconds: number): void;
}

/** A clock that stands until it is told to go on. */
export function createFakeClock(startSeconds: number = NOW): FakeClock {
  let seconds = startSeconds;
  return {
    now: () => seconds,
    advance(by) {
      seconds += by;
    },
  };
}
