import type { Background } from "../base/ports.js";
import type { LoginOptions } from "../provider/provider.js";
import type { KeyDescription } from "../seal/keyring.js";
import type { RequestAuth } from "../session/request-auth.js";
import type { OrganizationSwitch } from "../session/sessions.js";
import type { Meet, meet } from "./meet.js";

export interface Validator {
  /** Pass `ctx` as background so that renewal of keys and re-sealing may outlive the response. */
  validateRequest(request: Request, background?: Background): Promise<RequestAuth>;
}

export interface Auth extends Validator {
  /** Answers the `/auth/*` routes; `null` when the path is not ours. */
  handler(request: Request, background?: Background): Promise<Response | null>;
  login(request: Request, options?: LoginOptions, background?: Background): Promise<Response>;
  callback(request: Request, background?: Background): Promise<Response>;
  /**
   * For a page of the app that is the redirect URI itself and posts what the provider sent along: `code`, `state` and
   * `iss` as JSON. Always answers JSON: the fields of `GET /auth/me` and `returnTo`, or what went wrong.
   */
  exchangeCode(request: Request, background?: Background): Promise<Response>;
  logout(request: Request, options?: { readonly returnTo?: string }, background?: Background): Promise<Response>;
  switchOrganization(request: Request, organizationId: string, background?: Background): Promise<OrganizationSwitch>;
  refresh(request: Request, background?: Background): Promise<RequestAuth>;
  /** Safe to log. */
  describe(): Promise<AuthDescription>;
  /** For adapters, which stand in front of a whole app. @internal */
  readonly [meet]: Meet;
}

export interface AuthDescription {
  readonly cookieName: string;
  readonly realm: string;
  readonly keys: readonly KeyDescription[];
  readonly provider: string;
  /** What is off because a binding is missing, in a sentence each. */
  readonly missing: readonly string[];
}
