import { failureAnswer } from "../base/failure-answer.js";
import type { Background } from "../base/ports.js";
import type { FlowParts } from "../flow/flow-parts.js";
import { escapeHtml, htmlAnswer, LATE_LINK } from "../flow/html.js";
import { depart, isPrefetch, loginOptionsOf, notNow } from "../flow/login.js";
import { failLogin } from "../flow/login-failure.js";
import { isOrganizationId } from "../flow/organization-id.js";
import { showsAnswer } from "../flow/request-kind.js";
import { redirect, withCookies } from "../flow/route-answers.js";
import { backTo, clientName, isClaimed, isRegistered } from "./redirect-uris.js";

/** As long as a flow cookie can well carry beside the rest. */
const STATE = /^[\x21-\x7e]{0,512}$/;
/** SHA-256 in base64url. */
const CHALLENGE = /^[\w-]{43}$/;

export interface HandOffRules {
  readonly redirectUris: readonly string[];
  /** Whether the person is asked before a program signs in that nothing proves to be the one it says. */
  readonly confirm: boolean;
}

/** `GET <prefix>/handoff`: a program sends the system's browser here, and the browser goes on to the provider. */
export async function beginHandOff(
  parts: FlowParts,
  { redirectUris, confirm }: HandOffRules,
  request: Request,
  background: Background | undefined,
): Promise<Response> {
  if (isPrefetch(request)) return notNow();
  const query = new URL(request.url).searchParams;
  const redirectUri = oneOf(query, "redirectUri");
  // Nobody is sent to an address that is not on the list, whatever else is wrong.
  if (redirectUri === null || !isRegistered(redirectUris, redirectUri)) return refuseClient(parts, request, background);
  const challenge = oneOf(query, "codeChallenge") ?? "";
  const state = oneOf(query, "state");
  const options = loginOptionsOf(request);
  const { organizationId } = options;
  const isFine =
    CHALLENGE.test(challenge) && oneOf(query, "codeChallengeMethod") === "S256" && state !== null && STATE.test(state);
  if (!isFine || (organizationId !== undefined && !isOrganizationId(organizationId))) {
    const error = isFine ? "invalid_organization" : "invalid_request";
    parts.emit({ type: error }, background, request);
    return redirect(303, backTo(redirectUri, { error }, isFine ? state : ""));
  }
  const client = [redirectUri, challenge, state];
  const { location, cookies } = await depart(parts, request, { ...options, returnTo: "/", client });
  if (!location.ok) {
    const { words: detail } = location;
    return failLogin(parts, { reason: "provider_unreachable", detail, request, background, client });
  }
  if (!confirm || isClaimed(redirectUri)) return redirect(302, location.answer, cookies);
  return withCookies(await confirmationPage(redirectUri, location.answer), cookies);
}

/** Absent is empty; `null` when it is repeated (RFC 6749 §3.1): two readers would pick different ones. */
function oneOf(query: URLSearchParams, name: string): string | null {
  const [value = "", ...more] = query.getAll(name);
  return more.length === 0 ? value : null;
}

function refuseClient(parts: FlowParts, request: Request, background?: Background): Response | Promise<Response> {
  const reason = "handoff_rejected";
  parts.emit({ type: reason, reason: "redirect_uri" }, background, request);
  if (!showsAnswer(request)) return failureAnswer(reason);
  const body = `<p>The program that opened this page is not known here.</p><p><code>${reason}</code></p>`;
  return htmlAnswer({ status: 400, title: "Signing in did not work", body });
}

/**
 * RFC 8252 §8.6: every program can say that it is this one, and a provider where the person is signed in would let it in
 * unseen. The way on is in this page alone, where no program can take it but by the hand of a person.
 */
function confirmationPage(redirectUri: string, location: string): Promise<Response> {
  const name = escapeHtml(clientName(redirectUri));
  const body = `<p>This was asked for by ${name}. Go on only if you have just started to sign in there.</p><a href="${escapeHtml(location)}">Continue</a>`;
  return htmlAnswer({ status: 200, title: "Sign in to a program?", body, style: LATE_LINK });
}
