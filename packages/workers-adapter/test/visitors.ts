import { parseSessionKeys, type Session, sealSession, sessionFromTokens } from "@edgeseal/core";
import { generateSessionKeys } from "@edgeseal/core/seal";
import type { IssueOptions, ScriptedProvider } from "./scripted-provider.js";

export const COOKIE_NAME = "__Host-session";

export interface Variables {
  readonly SESSION_KEYS: string;
  readonly WORKOS_CLIENT_ID: string;
  readonly WORKOS_API_KEY: string;
  readonly WORKOS_REDIRECT_URI: string;
  readonly WORKOS_API_URL: string;
}

/** What somebody who follows the README puts into env. */
export function variablesFor(provider: ScriptedProvider): Variables {
  return {
    SESSION_KEYS: generateSessionKeys(),
    WORKOS_CLIENT_ID: provider.clientId,
    WORKOS_API_KEY: "sk_test_0123456789abcdef",
    WORKOS_REDIRECT_URI: "https://app.example/auth/callback",
    WORKOS_API_URL: provider.apiUrl,
  };
}

export interface SignedIn {
  readonly session: Session;
  readonly sid: string;
  /** Value of a Cookie header. */
  readonly cookie: string;
}

/** Somebody who has signed in, without the way through a browser. */
export async function signIn(
  provider: ScriptedProvider,
  variables: Pick<Variables, "SESSION_KEYS">,
  options: IssueOptions & { readonly realm?: string; readonly cookieName?: string } = {},
): Promise<SignedIn> {
  const { cookieName = COOKIE_NAME, realm = "" } = options;
  const { sid, ...tokens } = await provider.issue(options);
  const session = sessionFromTokens(tokens);
  const text = await sealSession(session, parseSessionKeys(variables.SESSION_KEYS), { cookieName, realm });
  return { session, sid, cookie: `${cookieName}=${text}` };
}

/** The Cookie header a browser sends after it got this answer; `null` when the answer set none. */
export function cookieOf(lines: readonly string[]): string | null {
  const line = lines.find((candidate) => candidate.startsWith(`${COOKIE_NAME}=`));
  return line?.split(";")[0] ?? null;
}
