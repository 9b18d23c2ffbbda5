import { type LoginFailureReason, wireFailure } from "../base/failure.js";
import type { Organization } from "../provider/provider.js";
import { escapeHtml, htmlAnswer } from "./html.js";

/** Fixed words for each way a sign-in can fail: nothing that came with a request is ever shown. */
const WORDS = {
  callback_malformed: "The sign-in answer could not be read.",
  state_mismatch: "This answer does not belong to a sign-in that was started in this browser.",
  flow_cookie_missing: "The sign-in was not started in this browser, or its cookie is gone.",
  flow_expired: "The sign-in took longer than ten minutes.",
  iss_mismatch: "The answer came from another sign-in provider than the one asked.",
  id_token_invalid: "The sign-in provider's answer could not be trusted.",
  access_denied: "The sign-in was cancelled or denied.",
  provider_refused: "The sign-in provider refused to finish this sign-in.",
  provider_unreachable: "The sign-in provider cannot be reached right now. Please try again in a moment.",
  bad_token_response: "The sign-in provider's answer could not be read. Please try again in a moment.",
  organization_selection_required: "An organisation has to be chosen, but none is on offer.",
  login_refused: "This account may not sign in here.",
  sign_in_not_recent: "This page needs a recent sign-in, and the sign-in provider did not ask for one.",
  session_too_large:
    "This account holds more permissions than a session can carry. Please tell the people who run this app.",
  audience_unknown: "The site that asked to be signed in to is not known here.",
  ticket_rejected: "This sign-in was not meant for this site or this browser, or it came too late.",
  ticket_used: "This sign-in has been used already.",
  cookies_blocked: "Signing in worked, but the browser did not keep the session. Please allow cookies for this site.",
} as const satisfies Record<LoginFailureReason, string>;

/** What went wrong, its code, and a link to try again. */
export function failurePage(reason: LoginFailureReason, retryPath: string): Promise<Response> {
  const { status, error } = wireFailure(reason);
  const title = reason === "cookies_blocked" ? "Cookies are blocked" : "Signing in did not work";
  const body = `<p>${escapeHtml(WORDS[reason])}</p><a href="${escapeHtml(retryPath)}">Try again</a><p><code>${escapeHtml(error)}</code></p>`;
  return htmlAnswer({ status, title, body });
}

/** A button per organisation; its form finishes the sign-in. */
export function organizationPage(organizations: readonly Organization[], action: string): Promise<Response> {
  const buttons = organizations.map(({ id, name, role }) => {
    const note = role === undefined ? "" : `<small>${escapeHtml(role)}</small>`;
    return `<button name="organizationId" value="${escapeHtml(id)}">${escapeHtml(name ?? id)}${note}</button>`;
  });
  const body = `<p>You belong to more than one. You can switch later.</p><form method="post" action="${escapeHtml(action)}"><input type="hidden" name="pending" value="1">${buttons.join("")}</form>`;
  const { status } = wireFailure("organization_selection_required");
  return htmlAnswer({ status, title: "Choose an organisation", body, hasForm: true });
}

/**
 * A step on our own origin after a sign-in, for `SameSite=Strict`: a redirect would still count as started by the
 * provider's site, and the browser would not send the cookie it has just received.
 */
export function arrivalPage(path: string): Promise<Response> {
  const body = `<a href="${escapeHtml(path)}">Continue</a>`;
  return htmlAnswer({ status: 200, title: "You are signed in", body, refreshTo: path });
}
