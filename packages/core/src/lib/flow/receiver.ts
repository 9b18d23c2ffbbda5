import type { Background, Emit, Ledger, Runtime } from "../base/ports.js";
import type { Provider } from "../provider/provider.js";
import type { Sessions } from "../session/sessions.js";
import type { KeySource } from "../token/key-source.js";

/** Below the prefix. */
export type ReceiverPath = "/backchannel-logout" | "/webhooks/workos";

/** What a receiver works with. */
export interface ReceiverParts {
  readonly provider: Provider;
  readonly sessions: Pick<Sessions, "revoke">;
  readonly ledger: Ledger;
  readonly realm: string;
  readonly runtime: Runtime;
  readonly emit: Emit;
  /** Of the provider that signs in. */
  readonly keySource: KeySource;
}

/**
 * A route where a provider says that sessions have ended there: `backChannelLogout()`, `workosEvents({ secret })`. It believes
 * signatures alone, reads no cookie and sets none.
 */
export interface Receiver {
  readonly path: ReceiverPath;
  /** Why this provider cannot be listened to, in a sentence each. @internal */
  problems(provider: Provider): readonly string[];
  /** @internal */
  receive(parts: ReceiverParts, request: Request, background: Background | undefined): Promise<Response>;
}
