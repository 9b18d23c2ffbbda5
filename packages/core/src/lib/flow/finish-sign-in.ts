import { jsonAnswer } from "../base/answers.js";
import { type AuthError, isAuthError } from "../base/errors.js";
import type { Background } from "../base/ports.js";
import { isRecent } from "../identity/requirement.js";
import type { ProviderTokens } from "../provider/provider.js";
import { ledgerName } from "../session/ledger-name.js";
import type { PublicSession } from "../session/request-auth.js";
import { revoke } from "../session/revoke.js";
import type { Session } from "../session/session.js";
import type { NewSession } from "../session/sessions.js";
import { authenticated } from "../session/visitor-states.js";
import { chooseReturnTo } from "./choose-return-to.js";
import type { FailedLogin } from "./failed-login.js";
import type { Attempt, FlowParts } from "./flow-parts.js";
import { failLogin } from "./login-failure.js";
import { arrivalPage } from "./pages.js";
import { deletePending } from "./pending.js";
import { countRound } from "./rounds.js";
import { redirect, withCookies } from "./route-answers.js";

export interface SignIn extends Attempt {
  readonly tokens: ProviderTokens;
}

type AcceptedSession = Extract<NewSession, { readonly ok: true }>;

/** Tokens become a session that is put into the browser. */
export async function finishSignIn(parts: FlowParts, signIn: SignIn): Promise<Response> {
  const taken = await takeIn(parts, signIn);
  if ("failed" in taken) return taken.failed;
  const { request, background, cookies } = signIn;
  const path = chooseReturnTo(parts, request, taken.returnTo, signIn.returnTo, background);
  // Whoever signed in here is not to be followed by somebody who still chose an organisation in another tab.
  const lines = [...new Set([...taken.carried, ...cookies, ...deletePending(request), countRound(request)])];
  if (signIn.byScript) return withCookies(jsonAnswer(200, { ...taken.shown, returnTo: path }), lines);
  if (parts.cookie.sameSite === "strict") return withCookies(await arrivalPage(path), lines);
  return redirect(303, path, lines);
}

/** Somebody who has signed in. */
export interface TakenIn {
  readonly session: Session;
  readonly shown: PublicSession;
  /** As `begin` of the sessions gives it. */
  readonly carried: readonly string[];
  /** Of `onLogin`. */
  readonly returnTo?: string;
}

/** Tokens become a session: checked and verified, shown to `onLogin`, and only then begun. */
export async function takeIn(parts: FlowParts, signIn: SignIn): Promise<TakenIn | { readonly failed: Response }> {
  const { tokens, ...attempt } = signIn;
  const { background } = attempt;
  const failed = async (failure: Pick<FailedLogin, "reason" | "detail">) => ({
    failed: await failLogin(parts, { ...attempt, ...failure }),
  });
  const fresh = await parts.sessions.fromTokens(tokens, background);
  if (!fresh.ok) return failed({ reason: fresh.reason });
  if (!isRecentEnough(parts, attempt, fresh)) return failed({ reason: "sign_in_not_recent" });

  const welcome = await askHook(parts, signIn, fresh);
  if (!welcome.ok) {
    giveBack(parts, fresh.session, background);
    return failed({ reason: "login_refused", detail: welcome.thrown });
  }

  const carried = await begin(parts, signIn, fresh.session);
  if (isAuthError(carried)) {
    giveBack(parts, fresh.session, background);
    return failed({ reason: "session_too_large", detail: carried.problems.join(", ") });
  }
  await tellSignIn(parts, fresh.session, attempt);
  const { returnTo } = welcome;
  const { session } = fresh;
  return { session, shown: publicSession(signIn, fresh), carried, ...(returnTo !== undefined && { returnTo }) };
}

/**
 * A provider that was asked to sign the person in anew and did not would be asked again and again by the guard that they
 * come back to. Nothing is given back to it: these tokens may be of the very session there that ours rests on.
 */
function isRecentEnough({ runtime }: FlowParts, { signedInSince }: Attempt, { claims }: AcceptedSession): boolean {
  if (signedInSince === undefined) return true;
  const now = runtime.now();
  return isRecent(claims.auth_time, now, now - signedInSince);
}

/** What `GET <prefix>/me` will say of it. */
function publicSession({ request }: SignIn, { session, claims }: AcceptedSession): PublicSession {
  const context = { request, loginPath: "", cookies: [], sessionRead: true };
  return authenticated(context, { session, claims, refreshed: false, degraded: false }).toJSON();
}

/** The app's own word on this person. Whatever it throws is a refusal: what it could not set up must not be used. */
async function askHook(
  parts: FlowParts,
  { request, tokens }: SignIn,
  { session, claims }: AcceptedSession,
): Promise<{ readonly ok: true; readonly returnTo?: string } | { readonly ok: false; readonly thrown: string }> {
  if (!parts.onLogin) return { ok: true };
  const { user, organizationId, sessionId } = session;
  const { upstreamTokens } = tokens;
  try {
    const returnTo: unknown = await parts.onLogin({
      user,
      ...(organizationId !== undefined && { organizationId }),
      sessionId,
      claims,
      ...(upstreamTokens && { upstreamTokens }),
      request,
    });
    return { ok: true, ...(typeof returnTo === "string" && { returnTo }) };
  } catch (error) {
    // Its name alone: a message can hold anything, and a refusal is told from a bug by what was thrown.
    return { ok: false, thrown: error instanceof Error ? error.name : typeof error };
  }
}

/** The error, which names the largest parts, when the session is larger than cookies can carry. */
async function begin(parts: FlowParts, signIn: SignIn, session: Session): Promise<readonly string[] | AuthError> {
  try {
    return await parts.sessions.begin(signIn.request, session, signIn.background);
  } catch (error) {
    if (isAuthError(error, "session_too_large")) return error;
    throw error;
  }
}

/** Nobody will use these tokens; the provider is told, and the person does not wait for that. */
function giveBack(parts: FlowParts, session: Session, background: Background | undefined): void {
  const revoked = revoke(parts.provider, session);
  background?.waitUntil(revoked);
}

async function tellSignIn(parts: FlowParts, session: Session, { request, background }: Attempt): Promise<void> {
  const about = {
    userId: session.user.id,
    ...(session.organizationId !== undefined && { organizationId: session.organizationId }),
    sessionId: await ledgerName(parts.realm, session.sessionId),
  };
  parts.emit({ type: "login_success", ...about }, background, request);
  if (session.impersonator) parts.emit({ type: "impersonation", ...about }, background, request);
}
