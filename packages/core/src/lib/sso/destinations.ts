import type { ClockOption } from "../base/ports.js";
import { isLoopback } from "../base/provider-url.js";
import { isCanonicalOrigin } from "../policy/origin-form.js";
import { createOriginMemory, type OriginAnswer } from "../policy/origin-memory.js";

/**
 * The hosts that get a session of their own: exact origins (`https://blog.example.org`; `http://` on a loopback host for work
 * on one's own machine), or a look-up: `kvDestinations(env.AUTH_KV)`, or one in a table of yours. It is asked about origins in
 * their one form alone, for at most a second; its answers are remembered for a minute. What it throws is an outage (503), and
 * no "no".
 */
export type Destinations = readonly string[] | ((origin: string) => boolean | Promise<boolean>);

const MAX_LOOPBACK_LENGTH = 267;
/** For networks of tens of thousands of domains. */
const LIMITS = { maxAnswers: 20_000, maxReads: 5_000, deadlineMilliseconds: 1_000 };
/** A look-up of somebody's own says yes or no, and no time. */
const FOREVER = Infinity;

/** `null`: nobody can say now. */
export type KnowsDestination = (origin: string) => OriginAnswer | Promise<OriginAnswer>;

/** Out of an option that was checked. Never throws. */
export function knowsDestination(destinations: Destinations, clock: ClockOption): KnowsDestination {
  if (typeof destinations === "function") return remembering(destinations, clock);
  const exact = new Set(destinations);
  return (origin) => exact.has(origin);
}

function remembering(allows: (origin: string) => boolean | Promise<boolean>, clock: ClockOption): KnowsDestination {
  const lookUp = async (origin: string) => ((await allows(origin)) === true ? FOREVER : 0);
  const answerFor = createOriginMemory(lookUp, LIMITS, clock);
  return (origin) => isOriginForm(origin) && answerFor(origin);
}

export function destinationProblems(destinations: unknown): readonly string[] {
  if (typeof destinations === "function") return [];
  if (!Array.isArray(destinations)) {
    return [
      "`destinations` must be a list of origins such as `https://blog.example.org`, `kvDestinations(env.AUTH_KV)`, or a function.",
    ];
  }
  return destinations.flatMap((origin: unknown, at) =>
    typeof origin === "string" && isOriginForm(origin)
      ? []
      : [`\`destinations[${at}]\` must be an origin as browsers write it: \`https://blog.example.org\`.`],
  );
}

/** An origin in the one form a browser writes it: https, or http on a loopback host. */
export function isOriginForm(text: string): boolean {
  if (isCanonicalOrigin(text)) return true;
  const url = text.length <= MAX_LOOPBACK_LENGTH ? URL.parse(text) : null;
  return url?.protocol === "http:" && isLoopback(url.hostname) && url.origin === text;
}
