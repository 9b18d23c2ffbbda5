import type { Emit, Ledger, Runtime } from "../base/ports.js";
import type { CookieSettings } from "../cookie/cookie.js";
import type { Provider, TokenTrust } from "../provider/provider.js";
import type { Keyring } from "../seal/keyring.js";
import type { KeySource } from "../token/key-source.js";
import type { LegacySessions } from "./legacy-sessions.js";
import type { Revocation } from "./revocation.js";

/** What sessions are made of; whoever composes them has checked it. */
export interface SessionParts {
  readonly keyring: Keyring;
  readonly cookie: CookieSettings;
  readonly realm: string;
  /** What the cookies of this request's host are sealed for, where not all hosts share them. Absent: `realm`. */
  readonly realmAt?: (request: Request) => string;
  /**
   * Whether this request's host still belongs to those that have sessions; `null`: nobody can say. Asked when tokens are
   * due. Absent: every host does.
   */
  readonly knowsHost?: (request: Request) => boolean | null | Promise<boolean | null>;
  readonly trust: TokenTrust;
  readonly keySource: KeySource;
  readonly runtime: Runtime;
  readonly emit: Emit;
  /** Relative: where to sign in. */
  readonly loginPath: string;
  /** Absent in a validator, which opens and verifies but never renews. */
  readonly renewal?: RenewalParts;
  /** Absent: only texts of ours are read. */
  readonly legacy?: LegacySessions;
  /** Absent: a session goes on until it ends by itself. */
  readonly revocation?: Revocation;
  readonly absoluteSeconds?: number;
  readonly idleSeconds?: number;
}

export interface RenewalParts {
  /** Behind its circuit: it answers at once while the provider is known to be down. */
  readonly provider: Provider;
  /** The same behind a circuit of its own: a person can ask for switches without end. */
  readonly switchProvider: Provider;
  readonly ledger: Ledger;
  /** `false`: the ledger is this isolate's own. */
  readonly ledgerIsShared: boolean;
  readonly bufferSeconds?: number;
}
