import type { Background } from "../base/ports.js";
import type { LoginOptions } from "../provider/provider.js";
import type { KeyDescription } from "../seal/keyring.js";
import type { SessionList, SessionsEnded, WhichSessions } from "../session/device-sessions.js";
import type { Machine, RequestAuth } from "../session/request-auth.js";
import type { RevocationTarget } from "../session/revocation-target.js";
import type { OrganizationSwitch } from "../session/sessions.js";
import type { Meet, meet } from "./meet.js";
import type { RenewStored, renewStored } from "./renew-stored.js";

/** `M`: `Machine` where programs may come (`bearer`), else `never`: there are three states then. */
export interface Validator<M extends Machine = never> {
  /** Who is asking. Pass `ctx` as background so that renewal of keys and re-sealing may outlive the response. */
  validateRequest(request: Request, background?: Background): Promise<RequestAuth | M>;
}

export interface Auth<M extends Machine = never> extends Validator<M> {
  /** Answers the `/auth/*` routes; `null` when the path is not ours. */
  handler(request: Request, background?: Background): Promise<Response | null>;
  /** 302 to the provider, with the cookie of a new sign-in. */
  login(request: Request, options?: LoginOptions, background?: Background): Promise<Response>;
  /** Checks what the provider sent along and seals the session: 303 to `returnTo`, or a page that says what failed. */
  callback(request: Request, background?: Background): Promise<Response>;
  /**
   * For a page of the app that is the redirect URI itself and posts what the provider sent along: `code`, `state` and
   * `iss` as JSON. Always answers JSON: the fields of `GET /auth/me` and `returnTo`, or what went wrong.
   */
  exchangeCode(request: Request, background?: Background): Promise<Response>;
  /** Ends the session, in whatever state it is. A form is sent on to the provider's sign-out, a script is told its URL. */
  logout(request: Request, options?: { readonly returnTo?: string }, background?: Background): Promise<Response>;
  /** The session stays as it is on every failure. */
  switchOrganization(request: Request, organizationId: string, background?: Background): Promise<OrganizationSwitch>;
  /**
   * As `validateRequest`, but renews tokens that are not due yet, at most once in 10 s per session. Header tokens are not ours
   * to renew.
   */
  refresh(request: Request, background?: Background): Promise<RequestAuth | M>;
  /**
   * Ends sessions before their time: one, a person's, an organisation's, a membership's. Resolves once it is recorded. Throws
   * `AuthError` `store_unreachable` when that could not be done, `config_invalid` where nothing can be ended (without `revocation`;
   * a `store` ends a session and a person's, too), and a `RangeError` for an id or a moment that is none.
   */
  revoke(target: RevocationTarget, background?: Background): Promise<void>;
  /**
   * The sessions of the person who asks: their devices. Throws `AuthError` `config_invalid` without a `store` that can list
   * them all.
   */
  sessions(request: Request, background?: Background): Promise<SessionList>;
  /** Ends one of them, by its `id`. Once it is recorded, that session is refused. Throws as `sessions` does. */
  endSession(request: Request, id: string, background?: Background): Promise<SessionsEnded>;
  /** Ends all of them, or all but the one that asks. Throws as `sessions` does. */
  endSessions(request: Request, which: WhichSessions, background?: Background): Promise<SessionsEnded>;
  /** Safe to log. */
  describe(): Promise<AuthDescription>;
  /** For adapters, which stand in front of a whole app. @internal */
  readonly [meet]: Meet;
  /** For stores that renew by themselves. Absent without a store. @internal */
  readonly [renewStored]?: RenewStored;
}

export interface AuthDescription {
  readonly cookieName: string;
  readonly realm: string;
  readonly keys: readonly KeyDescription[];
  readonly provider: string;
  /**
   * What is off because a binding is missing, in a sentence each. On Workers a class that is only exported shows with the first
   * request that passed its `ctx`, and counts as missing before.
   */
  readonly missing: readonly string[];
  /** Events that a sink did not take, since this isolate began. */
  readonly lostEvents: number;
}
