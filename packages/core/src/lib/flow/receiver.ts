import type { Background } from "../base/ports.js";
import type { Provider } from "../provider/provider.js";
import type { FlowParts } from "./flow-parts.js";

/** Below the prefix. */
export type ReceiverPath = "/backchannel-logout" | "/webhooks/workos";

/**
 * A route where a provider says that sessions have ended there: `backChannelLogout()`, `workosEvents({ secret })`. It believes
 * signatures alone, reads no cookie and sets none.
 */
export interface Receiver {
  readonly path: ReceiverPath;
  /** Why this provider cannot be listened to, in a sentence each. @internal */
  problems(provider: Provider): readonly string[];
  /** @internal */
  receive(parts: FlowParts, request: Request, background: Background | undefined): Promise<Response>;
}
