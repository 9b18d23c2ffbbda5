import { TIMED_OUT, withDeadline } from "../base/deadline.js";
import { refuseConfig } from "../base/errors.js";
import { type ResolvedHost, resolveHost } from "./auth-host.js";
import type { AuthHost, AuthProxyOptions } from "./auth-proxy-options.js";
import { hostProblems } from "./auth-proxy-problems.js";

/** What a request's host is to us. Throws `config_invalid` for a rule of the look-up that is none. */
export type FindHost = (requested: URL) => Promise<ResolvedHost | "unknown_host" | "store_unreachable">;

const DEADLINE_MILLISECONDS = 5_000;

/** The options must have been checked. */
export function createFindHost({ hosts = {}, lookUp, cookieName }: AuthProxyOptions): FindHost {
  const table = new Map(Object.entries(hosts));
  // A look-up that gives the same object again is resolved once; what it no longer gives is forgotten.
  const resolved = new WeakMap<AuthHost, ResolvedHost>();

  function resolve(rule: AuthHost, requested: URL): ResolvedHost {
    const known = resolved.get(rule);
    // One rule may serve many hosts.
    if (known?.host === requested.host && known.scheme === requested.protocol) return known;
    const made = resolveHost(rule, requested);
    resolved.set(rule, made);
    return made;
  }

  async function ask(host: string): Promise<AuthHost | null | undefined | "store_unreachable"> {
    if (lookUp === undefined) return null;
    try {
      const rule = await withDeadline(Promise.resolve(lookUp(host)), DEADLINE_MILLISECONDS);
      return rule === TIMED_OUT ? "store_unreachable" : rule;
    } catch {
      return "store_unreachable"; // whatever the store behind it throws: an outage, and no host less
    }
  }

  return async (requested) => {
    const own = table.get(requested.host);
    if (own) return resolve(own, requested);
    const rule = await ask(requested.host);
    if (rule === "store_unreachable") return rule;
    if (rule === null || rule === undefined) return "unknown_host";
    if (!resolved.has(rule)) refuseConfig(hostProblems(rule, requested.host, cookieName));
    return resolve(rule, requested);
  };
}
