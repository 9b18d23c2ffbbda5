import type { AuditEventType, Background } from "../base/ports.js";
import { refuse } from "./answer-to.js";
import { checkToken, strangeSession } from "./check-token.js";
import { refreshFor } from "./create-room.js";
import { applyRenewal, failRenewal, renewVisit } from "./renew-visit.js";
import type { SwitchRefusal } from "./renewal.js";
import type { RequestAuth } from "./request-auth.js";
import type { SessionRoom, Visit } from "./room.js";
import type { OrganizationSwitch } from "./sessions.js";
import { survive } from "./validate-request.js";
import { beginVisit, contextOf, endVisit } from "./visit.js";

/** What is told of a refusal. The grant that a switch found dead is told as what it is; the session is let live. */
const REFUSED = {
  not_a_member: "org_denied",
  sso_required: "sso_required",
  mfa_required: "mfa_required",
  session_over: "session_expired",
} as const satisfies Record<SwitchRefusal, AuditEventType>;

/** A refresh that asks for another organisation: through the same ledger, and on every failure the session stays. */
export async function switchOrganization(
  room: SessionRoom,
  request: Request,
  organizationId: string,
  background: Background | undefined,
): Promise<OrganizationSwitch> {
  try {
    const begun = await beginVisit(room, request, background);
    if ("state" in begun) return without(begun);
    const visit = await withLiveToken(room, begun, background);
    if ("state" in visit) return without(visit);
    return await switchVisit(room, visit, organizationId, background);
  } catch (error) {
    return { ok: false, reason: "unavailable", auth: survive(room, request, error, background) };
  }
}

/** A switch that is refused must leave something to go on with, so an ended token is renewed first. */
async function withLiveToken(
  room: SessionRoom,
  begun: Visit,
  background: Background | undefined,
): Promise<Visit | RequestAuth> {
  if (refreshFor(room, begun.session) === undefined) {
    // Nobody can ask for another token with this session; signing in again can.
    return refuse(room, contextOf(room, begun, background), "refresh_needed", background);
  }
  return begun.now < begun.session.expiresAt ? begun : renewVisit(room, begun, "due", background);
}

async function switchVisit(
  room: SessionRoom,
  begun: Visit,
  organizationId: string,
  background: Background | undefined,
): Promise<OrganizationSwitch> {
  const { session, shown } = begun;
  if (room.refresh === undefined)
    return without(refuse(room, contextOf(room, begun, background), "refresh_needed", background));
  const strange = strangeSession(room.parts, session);
  if (strange !== null) return without(refuse(room, contextOf(room, begun, background), strange, background));
  const { presented } = shown;
  const renewal = await room.refresh.renew(
    { kind: "switch", session, presented, organizationId, cause: begun.request },
    background,
  );
  const visit = await applyRenewal(room, begun, renewal, background);
  if ("state" in visit) return without(visit);
  if (renewal.kind === "unavailable") return unavailable(room, visit, renewal, background);
  if (renewal.kind === "keep") {
    const { degraded: reason = "provider_unreachable", detail = "busy" } = renewal;
    return unavailable(room, visit, { reason, detail }, background);
  }
  const checked = await checkToken(room.parts, visit.session, shown.remembered, visit.now, background);
  const auth = await endVisit(room, visit, checked, background);
  if (renewal.kind === "refused") {
    const { reason } = renewal;
    const { user, organizationId: current } = visit.session;
    const about = { userId: user.id, ...(current !== undefined && { organizationId: current }) };
    room.parts.emit({ type: REFUSED[reason], reason: "switch", ...about }, background, visit.request);
    return refused(room, auth, reason, organizationId);
  }
  if (auth.state !== "authenticated") return without(auth);
  if (auth.organizationId === organizationId) return { ok: true, auth };
  // Somebody else's refresh was adopted as often as is reasonable, and none was for this organisation.
  return unavailable(room, visit, { reason: "provider_unreachable", detail: "busy" }, background);
}

async function unavailable(
  room: SessionRoom,
  visit: Visit,
  failure: Parameters<typeof failRenewal>[2],
  background: Background | undefined,
): Promise<OrganizationSwitch> {
  return { ok: false, reason: "unavailable", auth: await failRenewal(room, visit, failure, background) };
}

function refused(
  room: SessionRoom,
  auth: RequestAuth,
  reason: SwitchRefusal,
  organizationId: string,
): OrganizationSwitch {
  const mayTryAgain = reason === "sso_required" || reason === "mfa_required";
  const loginUrl = `${room.parts.loginPath}?${new URLSearchParams({ organizationId })}`;
  return { ok: false, reason, auth, ...(mayTryAgain && { loginUrl }) };
}

function without(auth: RequestAuth): OrganizationSwitch {
  if (auth.state === "unavailable") return { ok: false, reason: "unavailable", auth };
  return { ok: false, reason: "session_over", auth };
}
