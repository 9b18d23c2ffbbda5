import type { AuditClient, Background, SessionHome, SessionShelf } from "../base/ports.js";
import type { SessionList, SessionsEnded, WhichSessions } from "./device-sessions.js";
import type { Presentation, Presented } from "./present.js";
import type { RevocationTarget } from "./revocation-target.js";
import type { Session } from "./session.js";
import type { SessionParts } from "./session-parts.js";
import type { SessionRoom } from "./session-room.js";
import type { StoredRecord, StoredRenewal } from "./stored-renewal.js";
import type { Written } from "./visit-so-far.js";

export interface StoreOptions {
  /** The namespace of `SessionObject`, or `kvSessions(env.AUTH_KV)`. */
  readonly home: SessionHome;
  /** Which sessions lie there: all of them, or only those too large for cookies. Default `all`. */
  readonly sessions?: "all" | "too_large";
  /** What a list of sessions says of a client, out of its `User-Agent`. Default: nothing beside that text. */
  readonly deviceLabel?: (userAgent: string) => string | undefined;
}

/** What a store needs of the configuration it stands in. */
export interface StoreParts
  extends Pick<SessionParts, "keyring" | "cookie" | "realm" | "trust" | "runtime" | "emit" | "idleSeconds"> {
  readonly client?: (request: Request) => AuditClient;
}

/** The shelves of one configuration. */
export interface Shelves {
  /** The home writes at one place and reads at another: its records may be missing for a while, or be older ones. */
  readonly isEventual: boolean;
  readonly deviceLabel?: StoreOptions["deviceLabel"];
  /** Name of a person's shelf. */
  personOf(userId: string): Promise<string>;
  /** Whether it can be said what lies on a shelf. */
  canList(person: string): boolean;
  /** Asks a person's shelf. Throws `AuthError` `store_unreachable` when it fails twice, or does not answer in 3 s. */
  ask<Answer>(person: string, question: (shelf: SessionShelf) => Promise<Answer>): Promise<Answer>;
  /** The same with three tries: for an ending, which nobody may forget. */
  askFirmly<Answer>(person: string, question: (shelf: SessionShelf) => Promise<Answer>): Promise<Answer>;
}

/** A store in its place: what the session room asks of it. Handed in whole, so that who has none does not carry its code. */
export interface ConnectedStore extends Shelves {
  readonly sessions: "all" | "too_large";
  /** Whether a cookie's text is of this store. */
  holds(text: string): boolean;
  /** What that text stands for. Throws `AuthError` `store_unreachable` when nobody can say. */
  present(room: SessionRoom, request: Request, text: string, now: number): Promise<Presentation>;
  /** Takes over what was sealed in a cookie. Throws as `present` does. */
  moveIn(room: SessionRoom, request: Request, shown: Presented, now: number): Promise<Presentation>;
  /** Puts a session there. `from`: the sealed text in whose place it comes. Throws as `present` does. */
  write(
    room: SessionRoom,
    session: Session,
    answer: { readonly now: number; readonly request: Request; readonly from?: string },
  ): Promise<Written | "ended">;
  /** Ends one session of a person, by its ledger name. Throws `AuthError` `store_unreachable` after three tries. */
  end(userId: string, name: string): Promise<void>;
  /** Ends what a text stands for that could not be looked up; what it was, to be ended elsewhere. Throws as `end` does. */
  endUnseen(room: SessionRoom, text: string): Promise<readonly Session[]>;
  /** Ends what the target names, as far as a shelf can; `false`: not at all. Throws as `end` does. */
  revoke(target: RevocationTarget, now: number): Promise<boolean>;
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
