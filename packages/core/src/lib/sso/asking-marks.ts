import { listCookieNames } from "../cookie/cookie.js";
import { deleteFlowCookie, setFlowCookie } from "../flow/flow-cookies.js";
import { goesInCircle } from "../flow/rounds.js";

const NAME = "__Host-edgeseal-sso-asked";
/** Said in the address of a page instead, where the browser keeps no cookie. */
const PARAMETER = "edgeseal_sso";
export const ASK_AGAIN_SECONDS = 600;
/** After an outage: nobody has said that nobody is there. */
const AFTER_OUTAGE_SECONDS = 60;

/**
 * Whether this browser was sent to the hub a moment ago, so that it is not sent in a circle: neither without an answer, nor
 * with sessions that do not stay (a cookie that is not kept, an ending that only this host knows of).
 */
export function wasAsked(request: Request, path: string): boolean {
  if (goesInCircle(request)) return true;
  if (listCookieNames(request.headers.get("Cookie"), NAME).includes(NAME)) return true;
  return new URL(path, request.url).searchParams.has(PARAMETER);
}

/** A Set-Cookie line. A plain mark: who forges it is not asked, at most. */
export function rememberAsking(seconds: number): string {
  return setFlowCookie(NAME, "1", seconds);
}

export function rememberOutage(seconds: number): string {
  return rememberAsking(Math.min(seconds, AFTER_OUTAGE_SECONDS));
}

export function forgetAsking(): string {
  return deleteFlowCookie(NAME);
}

/** The same path, marked for a browser that keeps no cookie. */
export function markedPath(path: string): string {
  const url = new URL(path, "https://path.invalid");
  url.searchParams.set(PARAMETER, "none");
  return url.pathname + url.search + url.hash;
}
