import { jsonAnswer } from "../base/answers.js";
import type { RouteRefusal } from "../base/failure.js";
import { failureAnswer } from "../base/failure-answer.js";
import type { Background } from "../base/ports.js";
import type { OrganizationSwitch } from "../session/sessions.js";
import { chooseReturnTo } from "./choose-return-to.js";
import type { FlowParts } from "./flow-parts.js";
import { expectation } from "./me.js";
import { finishPending } from "./offer-organizations.js";
import { isOrganizationId } from "./organization-id.js";
import { readBody } from "./read-body.js";
import { refuseAndTell } from "./refuse-and-tell.js";
import { isFormNavigation } from "./request-kind.js";
import { redirect } from "./route-answers.js";

type SwitchRefusal = Extract<OrganizationSwitch, { readonly ok: false }>["reason"];

const REFUSALS = {
  not_a_member: "org_denied",
  sso_required: "sso_required",
  mfa_required: "mfa_required",
} as const satisfies Record<Exclude<SwitchRefusal, "session_over" | "unavailable">, RouteRefusal>;

/** `POST <prefix>/switch-org`: JSON or a form; also where the page of a waiting sign-in sends its choice. */
export async function switchOrganizationRoute(
  parts: FlowParts,
  request: Request,
  background?: Background,
): Promise<Response> {
  const fields = await readBody(request);
  if (fields === null) return refuseAndTell(parts, "invalid_request", request, background);
  const organizationId = fields.get("organizationId") ?? "";
  if (!isOrganizationId(organizationId)) return refuseAndTell(parts, "invalid_organization", request, background);
  if (fields.get("pending") === "1") return finishPending(parts, request, organizationId, background);

  const changed = await expectation(parts, request, background);
  if (changed) return changed;
  const result = await parts.sessions.switchOrganization(request, organizationId, background);
  if (!result.ok) return refuseSwitch(request, result);
  const { auth } = result;
  if (!isFormNavigation(request)) return auth.apply(jsonAnswer(200, auth.toJSON()));
  return auth.apply(redirect(303, chooseReturnTo(parts, request, fields.get("returnTo"), "/", background)));
}

/** `auth.switchOrganization`: an id that cannot be one is nobody's organisation, and nobody is asked. */
export async function switchOrganization(
  parts: FlowParts,
  request: Request,
  organizationId: string,
  background?: Background,
): Promise<OrganizationSwitch> {
  if (isOrganizationId(organizationId)) return parts.sessions.switchOrganization(request, organizationId, background);
  const auth = await parts.sessions.validate(request, background);
  if (auth.state === "unavailable") return { ok: false, reason: "unavailable", auth };
  if (auth.state === "anonymous") return { ok: false, reason: "session_over", auth };
  parts.emit({ type: "org_denied", userId: auth.user.id, reason: "invalid_organization" }, background, request);
  return { ok: false, reason: "not_a_member", auth };
}

/** The session stays as it is, and whatever cookie it needs comes along. */
function refuseSwitch(request: Request, result: Extract<OrganizationSwitch, { readonly ok: false }>): Response {
  const { reason, auth } = result;
  if (reason === "unavailable") return result.auth.deny();
  if (reason === "session_over") return auth.state === "authenticated" ? failureAnswer("session_over") : auth.deny();
  const { loginUrl } = result;
  // Signing in again with that organisation is all a person can do about it, so a form goes there at once.
  if (loginUrl !== undefined && isFormNavigation(request)) return auth.apply(redirect(303, loginUrl));
  return auth.apply(failureAnswer(REFUSALS[reason], loginUrl === undefined ? {} : { loginUrl }));
}
