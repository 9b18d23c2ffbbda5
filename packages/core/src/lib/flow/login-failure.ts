import { PRIVATE, personalCopy } from "../base/answers.js";
import { wireFailure } from "../base/failure.js";
import { failureAnswer } from "../base/failure-answer.js";
import type { FailedLogin } from "./failed-login.js";
import type { FlowParts } from "./flow-parts.js";
import { failurePage, organizationPage } from "./pages.js";
import { showsAnswer } from "./request-kind.js";
import { withCookies } from "./route-answers.js";

/** Tells that a sign-in failed, and answers: the app's own page, ours, or JSON for a program. */
export async function failLogin(parts: FlowParts, failed: FailedLogin): Promise<Response> {
  const { reason, detail, request, background, retryAfterSeconds = 5, cookies = [] } = failed;
  parts.emit({ type: "login_failure", reason, ...(detail !== undefined && { detail }) }, background, request);
  const told = failed.client && parts.handOff?.fail(failed);
  const response = told ?? (await ownPage(parts, failed)) ?? (await answer(parts, failed));
  if (wireFailure(reason).status === 503) response.headers.set("Retry-After", String(retryAfterSeconds));
  return withCookies(response, cookies);
}

async function ownPage(parts: FlowParts, failed: FailedLogin): Promise<Response | null> {
  const { reason, request, organizations, byScript } = failed;
  if (!parts.onLoginFailure || byScript) return null;
  try {
    const response = await parts.onLoginFailure({ reason, request, ...(organizations && { organizations }) });
    const copy = personalCopy(response);
    copy.headers.set("Cache-Control", PRIVATE);
    return copy;
  } catch {
    // Whatever the app's page throws: ours still tells the person what happened.
    parts.emit({ type: "background_failed", reason: "on_login_failure" }, failed.background, request);
    return null;
  }
}

function answer(parts: FlowParts, failed: FailedLogin): Response | Promise<Response> {
  const { reason, request, returnTo = "/", organizations, byScript } = failed;
  const loginPath = `${parts.routePrefix}/login`;
  if (byScript || !showsAnswer(request)) {
    return failureAnswer(reason, { loginUrl: loginPath, ...(organizations && { organizations }) });
  }
  if (organizations) return organizationPage(organizations, `${parts.routePrefix}/switch-org`);
  return failurePage(reason, returnTo === "/" ? loginPath : `${loginPath}?${new URLSearchParams({ returnTo })}`);
}
