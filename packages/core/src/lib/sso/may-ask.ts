import { isPrefetch } from "../flow/login.js";
import { matchesPath } from "../policy/path.js";
import { ownPath } from "./ask-hub.js";
import { wasAsked } from "./asking-marks.js";

export interface SilentSignOn {
  /** `/*` all of them, `/blog/*` everything below. */
  readonly paths: readonly string[];
  /** Of those, what a cache may answer: such a page is never redirected, and asks from script. Default: none. */
  readonly except?: readonly string[];
  /** How long somebody whom the hub does not know is not asked about again, in seconds. Default 600. */
  readonly askAgainSeconds?: number;
}

/** Programs that read pages, by the names they give themselves; they keep no session and would index the way to the hub. */
const CRAWLERS = /bot|crawl|spider|slurp|externalhit|archiver|preview|lighthouse|inspection|monitor|validator/i;

/**
 * The path of a page for which the hub may be asked about its visitor; `null`: they see it as they are. Only what a current
 * browser says of itself counts: a person who opened a page in a tab. Frames, scripts, guesses of a browser, crawlers and
 * browsers that say nothing are never sent anywhere.
 */
export function pathToAskAbout(silent: SilentSignOn, request: Request, path: string | null): string | null {
  const { headers, method } = request;
  if (method !== "GET" || headers.get("Sec-Fetch-Mode") !== "navigate") return null;
  if (headers.get("Sec-Fetch-Dest") !== "document" || isPrefetch(request)) return null;
  if (CRAWLERS.test(headers.get("User-Agent") ?? "bot")) return null;
  if (path === null || !matchesPath(silent.paths, path) || matchesPath(silent.except ?? [], path)) return null;
  const returnTo = ownPath(request);
  return returnTo === null || wasAsked(request, returnTo) ? null : returnTo;
}
