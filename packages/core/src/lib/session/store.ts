import type { AuditClient } from "../base/ports.js";
import type { SessionHome, SessionShelf } from "../base/session-home.js";
import type { SessionParts } from "./session-parts.js";

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
