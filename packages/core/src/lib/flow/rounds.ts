import { readCookie, readSealedCookie } from "../cookie/cookie.js";
import { deleteFlowCookie, setFlowCookie } from "./flow-cookies.js";

const NAME = "__Host-edgeseal-round";
const ROUND_SECONDS = 60;
const MAX_ROUNDS = 9;
/** After so many sign-ins that each ended without a session, a third one ends the same way. */
const ENOUGH_ROUNDS = 2;

/**
 * Sign-ins of this browser within a minute. A plain count: who forges it stops their own browser from looping, at most.
 */
function readRounds(request: Request): number {
  const cookie = readCookie(request.headers.get("Cookie"), NAME);
  return cookie.ok && /^[1-9]$/.test(cookie.text) ? Number(cookie.text) : 0;
}

/** A Set-Cookie line that counts one more sign-in. */
export function countRound(request: Request): string {
  return setFlowCookie(NAME, String(Math.min(MAX_ROUNDS, readRounds(request) + 1)), ROUND_SECONDS);
}

/** This browser was signed in twice within a minute: what asks for one more by itself goes in a circle. */
export function goesInCircle(request: Request): boolean {
  return readRounds(request) >= ENOUGH_ROUNDS;
}

/** True when the provider has just let this person in twice and the session cookie still does not come back. */
export function sessionNeverArrives(request: Request, sessionCookieName: string): boolean {
  if (!goesInCircle(request)) return false;
  const session = readSealedCookie(request.headers.get("Cookie"), sessionCookieName);
  return !session.ok && session.reason === "absent";
}

/** Set-Cookie lines that forget the count; none when there is none. */
export function forgetRounds(request: Request): readonly string[] {
  const cookie = readCookie(request.headers.get("Cookie"), NAME);
  return !cookie.ok && cookie.reason === "absent" ? [] : [deleteFlowCookie(NAME)];
}
