import type { AnonymousReason, UnavailableReason } from "../base/failure.js";
import type { Session } from "./session.js";

/**
 * How an attempt to renew a session ended, seen by one request. `adopted`: a newer session that was found on the way to a
 * switch that failed; it is to be carried all the same.
 */
export type Renewal =
  | {
      readonly kind: "renewed";
      readonly session: Session;
      /** Somebody else's refresh, handed out by the ledger. */
      readonly adopted: boolean;
      /** `false`: a newer cookie is known to exist elsewhere, so this one must not be written over it. */
      readonly carry: boolean;
    }
  /** The current token still lives: go on with it. `degraded` names what is down, if anything is. */
  | {
      readonly kind: "keep";
      readonly degraded?: UnavailableReason;
      readonly detail?: string;
      readonly adopted?: Session;
    }
  | {
      readonly kind: "unavailable";
      readonly reason: UnavailableReason;
      readonly retryAfterSeconds: number;
      /** For the event. */
      readonly detail?: string;
      readonly adopted?: Session;
    }
  /** `clear`: the session is over for certain, so its cookie goes. */
  | { readonly kind: "anonymous"; readonly reason: AnonymousReason; readonly clear: boolean }
  /** A switch that the provider refused; the session stays. */
  | { readonly kind: "refused"; readonly reason: SwitchRefusal; readonly adopted?: Session };

export type SwitchRefusal = "not_a_member" | "sso_required" | "mfa_required" | "session_over";

/** What is asked of one renewal. */
export interface RenewalRequest {
  /** What the request's own cookie held. */
  readonly presented: { readonly generation: number; readonly expiresAt: number };
  /** The newest session the caller has; later than the presented one when this isolate remembers what replaced it. */
  readonly session: Session;
  readonly kind: "due" | "forced" | "switch";
  /** For the token to come. Default: the session's own. */
  readonly organizationId?: string;
  /** The request that needs it, for the events. */
  readonly cause?: Request;
}

/** By the word of the ledger that all share. */
export function isOver(renewal: Renewal, { ledgerIsShared }: { readonly ledgerIsShared: boolean }): boolean {
  return renewal.kind === "anonymous" && renewal.reason === "session_over" && ledgerIsShared;
}

/** The newer session that a renewal brought, or found on its way to something else, where it is to be put down. */
export function newerOf(renewal: Renewal): { readonly session: Session; readonly adopted: boolean } | null {
  if (renewal.kind === "renewed") return renewal.carry ? renewal : null;
  if (renewal.kind === "anonymous" || renewal.adopted === undefined) return null;
  return { session: renewal.adopted, adopted: true };
}
