import { withDeadline } from "../base/deadline.js";
import type { Origins } from "./origins.js";
import { isSameOrigin } from "./same-origin.js";

/** Of a rule that looks somewhere; the registry's own is shorter. */
const DEADLINE_MILLISECONDS = 1_000;

/**
 * Where a request came from: `same`, our own origin; `allowed`, one that `origins` allows; `rejected`, another one; `none`,
 * it does not say.
 */
export type OriginVerdict = "same" | "allowed" | "rejected" | "none";

/**
 * The one answer for CSRF and CORS. `Origin` counts only where Fetch Metadata is absent or says that the request came from
 * another origin: what a person typed in comes from none.
 */
export function judgeOrigin(request: Request, origins: Origins | undefined): OriginVerdict | Promise<OriginVerdict> {
  if (isSameOrigin(request)) return "same";
  const origin = request.headers.get("Origin");
  if (origin === null) return "none";
  const site = request.headers.get("Sec-Fetch-Site");
  if (origins === undefined || !(site === null || site === "same-site" || site === "cross-site")) return "rejected";
  const allows = isAllowedOrigin(origins, origin);
  return typeof allows === "boolean" ? verdictOf(allows) : allows.then(verdictOf);
}

/** What a rule says of an origin. One that throws, answers nonsense or takes more than a second allows nobody. */
export function isAllowedOrigin(origins: Origins, origin: string): boolean | Promise<boolean> {
  try {
    const allows: unknown = origins.allows(origin);
    return typeof allows === "boolean" ? allows : late(allows);
  } catch {
    return false; // whatever somebody's own rule throws: it has allowed nobody, and a fault of it stops nobody else
  }
}

async function late(answer: unknown): Promise<boolean> {
  try {
    return (await withDeadline(Promise.resolve(answer), DEADLINE_MILLISECONDS)) === true;
  } catch {
    return false; // the same, a little later
  }
}

function verdictOf(allows: boolean): OriginVerdict {
  return allows ? "allowed" : "rejected";
}
