import type { Impersonator, User } from "../provider/provider.js";

/** What the cookie holds, tokens included. Never reaches a handler: see `Authenticated`. All times in epoch seconds. */
export interface Session {
  readonly accessToken: string;
  readonly refreshToken?: string;
  /**
   * Ours: 32 random bytes in base64url, made at sign-in, unchanged by refresh and switch. The provider's `sid` is in the
   * token's claims.
   */
  readonly sessionId: string;
  readonly user: User;
  readonly organizationId?: string;
  readonly impersonator?: Impersonator;
  /** When the person signed in; never moves. */
  readonly createdAt: number;
  /** `exp` of the access token. */
  readonly expiresAt: number;
  /** When this session ends whatever happens; re-sealing and refreshing never move it. */
  readonly endsAt: number;
  /** Grows by one per refresh. */
  readonly generation: number;
}
