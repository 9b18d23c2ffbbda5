import type { LoginFailureReason } from "../base/failure.js";
import type { Background } from "../base/ports.js";
import type { Organization } from "../provider/provider.js";

export interface FailedLogin {
  readonly reason: LoginFailureReason;
  readonly request: Request;
  readonly background?: Background | undefined;
  /** JSON in any case, and the app's page is not asked for. Default: told from the request. */
  readonly byScript?: boolean;
  /** For the event alone: a code of the provider or its words. */
  readonly detail?: string | undefined;
  /** Where the person wanted to go; the retry link takes it along. */
  readonly returnTo?: string;
  readonly organizations?: readonly Organization[];
  readonly retryAfterSeconds?: number | undefined;
  /** The program that began it hears of it in place of the person. */
  readonly client?: readonly string[];
  /** Set-Cookie lines. */
  readonly cookies?: readonly string[];
}
