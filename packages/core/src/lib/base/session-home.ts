/**
 * Where sessions lie when the cookie holds nothing but an id: a shelf per person. STORAGE.md describes it. The namespace of
 * `SessionObject` fits, and `kvSessions(env.AUTH_KV)`.
 */
export interface SessionHome {
  /** `person`: a hash, so that no store's names say who it is. */
  getByName(person: string): SessionShelf;
  /** What is written at one place may be missing for a while at another: the cookie of a new session carries a copy. */
  readonly isEventual?: true;
}

/** The stored sessions of one person. All times in epoch seconds. Every call rejects when nobody can say. */
export interface SessionShelf {
  /**
   * `known`: the version of the record that the caller remembers. `null`: there is none, ended ones included. `copy`: what
   * the cookie itself says of its session, where it says that; `ended` when that was, also if it never lay here.
   */
  load(key: string, known?: number, copy?: CopiedRecord): Promise<LoadedRecord | null>;
  /**
   * `older`: what lies there is of a later generation, and stays, under this key as well. `ended`: it was ended, and does not
   * come back. Who signed in and from where is said once: what a later save leaves out stays.
   */
  save(record: SessionRecord): Promise<SavedRecord>;
  /** Ends what is named and remembers that it ended; what it was, to be ended at the provider, too. */
  end(which: EndedWhich): Promise<readonly EndedRecord[]>;
  /** Absent where nobody can say what there is. Newest first, those of one second by name, at most 1,000. */
  list?(): Promise<readonly ListedRecord[]>;
}

/** What of a record is not sealed. */
export interface RecordFacts {
  /** Ledger name of the session. */
  readonly name: string;
  /** When the person signed in. */
  readonly createdAt: number;
  /** When the session ends whatever happens. */
  readonly endsAt: number;
  readonly organizationId?: string;
  /** Of the client that signed in, shortened. */
  readonly userAgent?: string;
  readonly ipAddress?: string;
}

export interface SessionRecord extends RecordFacts {
  /** SHA-256 of the id in the cookie, in base64url. A session may have several. */
  readonly key: string;
  /** The session, sealed for its name. */
  readonly sealed: string;
  readonly generation: number;
  /** When it ends if nobody asks for it any more; never later than `endsAt`. */
  readonly expiresAt: number;
  /** From when on its tokens are to be renewed. Absent: they cannot be. */
  readonly renewAt?: number;
}

export type LoadedRecord =
  /** It is what the caller remembers. */
  | { readonly state: "same" }
  | { readonly state: "ended" }
  | { readonly state: "found"; readonly version: number; readonly name: string; readonly sealed: string };

/** A session as its cookie tells it. */
export type CopiedRecord = Pick<RecordFacts, "name" | "createdAt">;

export type SavedRecord = { readonly state: "saved"; readonly version: number } | { readonly state: "older" | "ended" };

export type EndedWhich =
  | { readonly kind: "key"; readonly key: string }
  | { readonly kind: "name"; readonly name: string }
  /** All but one, or all: those that began at `since` or before it. */
  | { readonly kind: "all"; readonly except?: string; readonly since?: number };

export interface EndedRecord extends RecordFacts {
  readonly sealed: string;
}

export interface ListedRecord extends RecordFacts {
  /** When it was last asked for; exact to five minutes. */
  readonly seenAt: number;
}
