export interface FakeClock {
  /** Epoch seconds. */
  now(): number;
  /** Lets that many seconds go by; negative: sets the clock back. */
  advance(seconds: number): void;
}

/** 15 January 2027, 08:00 UTC. */
const START_SECONDS = 1_800_000_000;

/** A clock that stands until it is told to go on. Default start: a fixed time, so that a test is the same every day. */
export function createFakeClock(startSeconds: number = START_SECONDS): FakeClock {
  let seconds = startSeconds;
  return {
    now: () => seconds,
    advance(by) {
      seconds += by;
    },
  };
}
