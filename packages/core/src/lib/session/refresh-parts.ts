import type { UnavailableReason } from "../base/failure.js";
import type { Emit, Runtime } from "../base/ports.js";
import type { Keyring } from "../seal/keyring.js";
import { isDue as isDueAt } from "./due.js";
import type { Renewal } from "./renewal.js";
import type { Session } from "./session.js";
import type { RenewalParts, SessionParts } from "./session-parts.js";

export interface RefreshParts extends RenewalParts, Pick<SessionParts, "realmAt" | "knowsHost"> {
  readonly keyring: Keyring;
  readonly realm: string;
  readonly runtime: Runtime;
  readonly emit: Emit;
}

/**
 * What "over" means depends on who says so: only the shared ledger knows every isolate. A session that was ended has had
 * its cookie taken back by that very answer; whoever still shows it is late, and the browser may have signed in again.
 */
export function isOver(parts: RefreshParts, held: Session, ended = false): Renewal {
  if (parts.ledgerIsShared) return { kind: "anonymous", reason: "session_over", clear: !ended };
  return lives(parts, held)
    ? { kind: "keep", degraded: "provider_unreachable", detail: "refused_without_ledger" }
    : { kind: "anonymous", reason: "session_over", clear: false };
}

/** Nothing new can be had right now: on with the token while it lives. `retryAfterSeconds`: at least 1, the default. */
export function goOn(
  parts: RefreshParts,
  held: Session,
  reason: UnavailableReason,
  more: { readonly detail?: string | undefined; readonly retryAfterSeconds?: number } = {},
): Extract<Renewal, { kind: "keep" | "unavailable" }> {
  const { detail, retryAfterSeconds = 1 } = more;
  const why = detail === undefined ? {} : { detail };
  if (lives(parts, held)) return { kind: "keep", degraded: reason, ...why };
  return { kind: "unavailable", reason, retryAfterSeconds: Math.max(1, retryAfterSeconds), ...why };
}

export function lives(parts: RefreshParts, session: Session): boolean {
  return parts.runtime.now() < session.expiresAt;
}

export function isDue(parts: RefreshParts, session: Session): boolean {
  return isDueAt(session, parts.bufferSeconds, parts.runtime.now());
}
