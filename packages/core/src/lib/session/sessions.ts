import type { LoginFailureReason } from "../base/failure.js";
import type { Background } from "../base/ports.js";
import type { ProviderTokens } from "../provider/provider.js";
import type { AccessTokenClaims } from "../token/claims.js";
import type { SessionList, SessionsEnded, WhichSessions } from "./device-sessions.js";
import type { Authenticated, RequestAuth, Unavailable } from "./request-auth.js";
import type { RevocationTarget } from "./revocation-target.js";
import type { RevokedBy } from "./revoke-sessions.js";
import type { SessionRoom } from "./room.js";
import type { Session } from "./session.js";
import type { StoredRecord, StoredRenewal } from "./stored-renewal.js";

export type OrganizationSwitch =
  | { readonly ok: true; readonly auth: Authenticated }
  | {
      readonly ok: false;
      readonly reason: "not_a_member" | "sso_required" | "mfa_required" | "session_over";
      readonly auth: RequestAuth;
      /** Relative. With `sso_required` and `mfa_required`: signs in again with that organisation. */
      readonly loginUrl?: string;
    }
  | { readonly ok: false; readonly reason: "unavailable"; readonly auth: Unavailable };

/** The sessions of one configuration: told from a request, renewed, begun and ended. */
export interface Sessions {
  /** Who is asking. Refreshes when due; never throws for what a visitor sent. */
  validate(request: Request, background?: Background): Promise<RequestAuth>;
  /** The same, but renews the tokens although they are not due yet (at most once in 10 s per session). */
  refresh(request: Request, background?: Background): Promise<RequestAuth>;
  /** The session stays as it is on every failure. */
  switchOrganization(request: Request, organizationId: string, background?: Background): Promise<OrganizationSwitch>;
  /** A new session out of tokens that the provider just gave for a code; checked and verified, stored nowhere yet. */
  fromTokens(tokens: ProviderTokens, background?: Background): Promise<NewSession>;
  /**
   * Set-Cookie lines that give the visitor this session; ends the one the request carried.
   * Throws `AuthError` `session_too_large`.
   */
  begin(request: Request, session: Session, background?: Background): Promise<readonly string[]>;
  /** What a part that is passed in does with sessions, handed in whole: who has no such part does not carry its code. */
  inRoom<Answer>(use: (room: SessionRoom) => Answer): Answer;
  /** Ends the session the request carries, everywhere; never throws, and clears the cookie whatever state it is in. */
  end(request: Request, background?: Background): Promise<EndedSession>;
  /** What sessions the person has who asks; `null` without a store that can say. */
  list(request: Request, background?: Background): Promise<SessionList | null>;
  /** Ends one of them, by its ledger name, or all (but the one that asks); `null` without a store that can say. */
  endListed(request: Request, which: string | WhichSessions, background?: Background): Promise<SessionsEnded | null>;
  /** Renews a session that lies in a store, though nobody is asking. Never throws for an outage. Absent without a store. */
  renewStored?(record: StoredRecord, background?: Background): Promise<StoredRenewal>;
  /** Ends sessions of anybody. Throws `AuthError`: `store_unreachable`, or `config_invalid` where nothing can be revoked. */
  revoke(target: RevocationTarget, by: RevokedBy, background?: Background, request?: Request): Promise<void>;
}

export type NewSession =
  | { readonly ok: true; readonly session: Session; readonly claims: AccessTokenClaims }
  | { readonly ok: false; readonly reason: Extract<LoginFailureReason, "bad_token_response" | "provider_unreachable"> };

export interface EndedSession {
  /** The provider's own session id, where the cookie could be opened. */
  readonly sid?: string;
  readonly userId?: string;
  readonly organizationId?: string;
  /** Ledger name of the session. */
  readonly name?: string;
  /** Set-Cookie lines that delete the session cookie. */
  readonly cookies: readonly string[];
}
