import type { AnonymousReason } from "../base/failure.js";
import type { Background } from "../base/ports.js";
import type { Carrier } from "./carrier.js";
import type { SessionList, SessionsEnded, WhichSessions } from "./device-sessions.js";
import type { Memo, Remembered } from "./memo.js";
import type { RefreshParts } from "./refresh-parts.js";
import type { Renewal, RenewalRequest } from "./renewal.js";
import type { RequestAuth } from "./request-auth.js";
import type { RevocationTarget } from "./revocation-target.js";
import type { Session } from "./session.js";
import type { SessionParts } from "./session-parts.js";
import type { StoreParts } from "./store.js";
import type { StoredRecord, StoredRenewal } from "./stored-renewal.js";

// These types speak of each other, so they stand together; what is done with them has files of its own.

/** What every operation on sessions of one configuration shares. */
export interface SessionRoom {
  readonly parts: SessionParts;
  readonly carrier: Carrier;
  readonly memo: Memo;
  /** Absent in a validator. */
  readonly refresh?: Refresh;
  /** Absent: sessions lie in their cookies. */
  readonly store?: ConnectedStore;
}

/** Handed in whole, so that a Worker with a validator alone does not carry the code of it. */
export interface Refresh extends RefreshParts {
  renew(request: RenewalRequest, background: Background | undefined): Promise<Renewal>;
  renewVisit(
    room: SessionRoom,
    begun: Visit,
    kind: "due" | "forced",
    background: Background | undefined,
  ): Promise<Visit | RequestAuth>;
  isDue(session: Session, now: number): boolean;
  /** The refresh that is about to come seals the session anew. */
  isAboutToCome(session: Session, now: number): boolean;
}

/** The text a session is known by, what sealed it, and when. */
export interface Sealing {
  readonly text: string;
  readonly keyVersion: number;
  readonly issuedAt: number;
  /** Of the seal. */
  readonly expiresAt: number;
  /** Of the record, where it lies in a store. */
  readonly version?: number;
}

/** What a request brought, opened. */
export interface Presented extends Sealing {
  readonly ok: true;
  /** What the request's own cookie held. */
  readonly presented: { readonly generation: number; readonly expiresAt: number };
  /** The newest this isolate has of it. */
  readonly session: Session;
  /** Verified in this isolate before. */
  readonly remembered?: Remembered;
  /** Another text than the request's: it has to be sent along. */
  readonly replaced: boolean;
  /** From a layout before `es1`: it has no text of ours yet. */
  readonly isLegacy?: true;
  readonly vessel: Vessel;
  /** What its cookie is to hold. Absent: the text. */
  readonly sent?: string;
}

export type Presentation =
  | Presented
  | {
      readonly ok: false;
      readonly reason: AnonymousReason;
      readonly cookies: readonly string[];
      readonly sessionRead: boolean;
      /** Of a seal that expired: for a log-out, which has to end it all the same. */
      readonly session?: Session;
    };

/** A session as it was just written, and the cookie to send along. */
export interface Written extends Sealing {
  readonly cookies: readonly string[];
}

/** One request on its way to an answer. */
export interface Visit {
  readonly request: Request;
  readonly shown: Presented;
  readonly session: Session;
  readonly now: number;
  /** The cookie to send along, if it is not the one the request brought. */
  readonly written: Written | null;
  readonly renewed: boolean;
  /** A refresh was due and could not be had. */
  readonly degraded: boolean;
}

/** What a session is written for. */
export interface Writing {
  readonly now: number;
  readonly request: Request;
  /** The sealed text in whose place it comes. */
  readonly from?: string;
}

export interface ResealOptions {
  readonly request: Request;
  readonly now: number;
  /** A refresh was due and could not be had, so no refresh is about to seal anyway. */
  readonly renewalFailed: boolean;
}

/** What a session lies in, the sealed text of its cookie or a record in a store, and how a newer one gets there. */
export interface Vessel {
  /**
   * Puts the session there that came after the visit's, fetched by it or by somebody else. `ended`: it was, meanwhile. Absent: it
   * is sealed into a cookie, by code that a validator does not carry.
   */
  carry?(
    room: SessionRoom,
    visit: Visit,
    next: { readonly session: Session; readonly adopted: boolean },
    background: Background | undefined,
  ): Promise<Carried | "ended">;
  /** The same session anew, where its key or its idle time asks for it; `null`: it is good as it is, or could not be had. */
  reseal(
    room: SessionRoom,
    shown: Presented,
    options: ResealOptions,
    background: Background | undefined,
  ): null | Promise<Written | null>;
  /**
   * The visit as it goes on at once, while its session is renewed in the background; `null`: it has to wait. Absent: only an
   * answer can carry what is newer.
   */
  renewLater?(room: SessionRoom, visit: Visit, refresh: Refresh, background: Background): Visit | null;
  /** Takes away what others could still find there. Never rejects. Absent: there is nothing. */
  end?(room: SessionRoom, session: Session, background: Background | undefined): Promise<void>;
}

export interface Carried {
  /** What lies there now: a later one than was put where somebody was faster. */
  readonly session: Session;
  /** `null`: the request's cookie stays as it is. */
  readonly written: Written | null;
}

/** A store in its place: what the session room asks of it. Handed in whole, so that who has none does not carry its code. */
export interface ConnectedStore {
  readonly sessions: "all" | "too_large";
  /** Whether a cookie's text is of this store. */
  holds(text: string): boolean;
  /** What that text stands for. Throws `AuthError` `store_unreachable` when nobody can say. */
  present(room: SessionRoom, request: Request, text: string, now: number): Promise<Presentation>;
  /** Takes over what was sealed in a cookie. Throws as `present` does. */
  moveIn(room: SessionRoom, request: Request, shown: Presented, now: number): Promise<Presentation>;
  /** Puts a session there. `from`: the sealed text in whose place it comes. Throws as `present` does. */
  write(room: SessionRoom, session: Session, writing: Writing): Promise<Written | "ended">;
  /** Ends one session of a person, by its ledger name. Throws `AuthError` `store_unreachable` after three tries. */
  end(userId: string, name: string): Promise<void>;
  /** Ends what a text stands for that could not be looked up; what it was, to be ended elsewhere. Throws as `end` does. */
  endUnseen(room: SessionRoom, text: string): Promise<readonly Session[]>;
  /** Ends what the target names, as far as a shelf can; `false`: not at all. Throws as `end` does. */
  revoke(
    room: SessionRoom,
    target: RevocationTarget,
    asked: { readonly now: number; readonly request: Request | undefined; readonly background: Background | undefined },
  ): Promise<boolean>;
  /** What sessions the person has who asks; `null` where it cannot be said. */
  list(room: SessionRoom, request: Request, background: Background | undefined): Promise<SessionList | null>;
  /** Ends one of them, by its ledger name, or all (but the one that asks); `null` where it cannot be said what there is. */
  endListed(
    room: SessionRoom,
    which: string | WhichSessions,
    asked: { readonly request: Request; readonly background: Background | undefined },
  ): Promise<SessionsEnded | null>;
  renew(room: SessionRoom, record: StoredRecord, background: Background | undefined): Promise<StoredRenewal>;
}

export type ConnectStore = (parts: StoreParts) => ConnectedStore;
