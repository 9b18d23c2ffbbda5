import type { Presented } from "./present.js";
import type { Session } from "./session.js";

/** A session as it was just written, and the cookie to send along. */
export interface Written {
  readonly text: string;
  readonly keyVersion: number;
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** Of the record, where it lies in a store. */
  readonly version?: number;
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
