import type { User } from "../provider/provider.js";
import type { Grants } from "./grants.js";
import type { SigningKeys } from "./signing-keys.js";
import type { TestPerson } from "./test-person.js";

/** What both protocols stand on. */
export interface Desk {
  readonly keys: SigningKeys;
  readonly grants: Grants;
  /** Epoch seconds. */
  readonly now: () => number;
  /** Life of an access token. */
  readonly tokenSeconds: number;
}

export interface WireRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  /** Of a JSON or form body: its members that are texts. */
  readonly fields: Readonly<Record<string, string>>;
}

export type CallKind = "jwks" | "exchange" | "refresh" | "logout";

/** The tokens of a new sign-in, as its session is to hold them. */
export interface IssuedTokens {
  /** What the session rests on: the access token, or the ID token where sessions rest on that. */
  readonly sessionToken: string;
  /** For an `Authorization` header. */
  readonly accessToken: string;
  readonly refreshToken: string;
  /** The provider's own id of the session. */
  readonly sid: string;
  readonly user: User;
}

/** One provider's protocol over HTTP. */
export interface Wire {
  owns(url: URL): boolean;
  /** `null`: of no kind that is counted. */
  kindOf(request: WireRequest): CallKind | null;
  answer(request: WireRequest): Promise<Response>;
  issue(person: TestPerson): Promise<IssuedTokens>;
}

/** A token that is nearly over has had a full life, else it would count as a short one. */
export function timesOf(now: number, tokenSeconds: number, expiresInSeconds: number): { iat: number; exp: number } {
  const exp = now + expiresInSeconds;
  return { iat: exp - Math.max(tokenSeconds, expiresInSeconds), exp };
}
