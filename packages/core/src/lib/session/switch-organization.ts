import type { Background } from "../base/ports.js";
import { checkToken } from "./check-token.js";
import { renew } from "./refresh.js";
import type { SwitchRefusal } from "./renewal.js";
import type { RequestAuth } from "./request-auth.js";
import { fail, refuse, type SessionRoom } from "./session-room.js";
import type { OrganizationSwitch } from "./sessions.js";
import { leave, survive } from "./validate-request.js";
import { beginVisit, carry, contextOf, endVisit, type Visit } from "./visit.js";

/** A refresh that asks for another organisation: through the same ledger, and on every failure the session stays. */
export async function switchOrganization(
  room: SessionRoom,
  request: Request,
  organizationId: string,
  background: Background | undefined,
): Promise<OrganizationSwitch> {
  try {
    const visit = await beginVisit(room, request, background);
    if ("state" in visit) return without(visit);
    return await switchVisit(room, visit, organizationId, background);
  } catch (error) {
    return { ok: false, reason: "unavailable", auth: survive(room, request, error, background) };
  }
}

async function switchVisit(
  room: SessionRoom,
  begun: Visit,
  organizationId: string,
  background: Background | undefined,
): Promise<OrganizationSwitch> {
  const { session, shown } = begun;
  if (room.refresh === undefined || session.refreshToken === undefined) {
    // Nobody can ask for another token with this session; signing in again can.
    return without(refuse(room, contextOf(room, begun), "refresh_needed", background));
  }
  const request = { kind: "switch", session, presented: shown.presented, organizationId } as const;
  const renewal = await renew(room.refresh, request, background);
  if (renewal.kind === "anonymous") return without(leave(room, begun, renewal, background));
  const newer = renewal.kind === "renewed" ? renewal : renewal.adopted && { session: renewal.adopted, carry: true };
  const visit = newer ? await carry(room, begun, newer, background) : begun;
  if (renewal.kind === "keep" || renewal.kind === "unavailable") {
    const { detail } = renewal;
    const down = renewal.kind === "keep" ? { reason: renewal.degraded ?? ("provider_unreachable" as const) } : renewal;
    const failure = { ...down, ...(detail !== undefined && { detail }) };
    return { ok: false, reason: "unavailable", auth: fail(room, contextOf(room, visit), failure, background) };
  }
  const { remembered } = shown;
  const checked = await checkToken(room.parts, visit.session, remembered, visit.now, background);
  const auth = await endVisit(room, visit, checked, background);
  if (renewal.kind === "refused") return refused(room, auth, renewal.reason, organizationId);
  if (auth.state !== "authenticated") return without(auth);
  if (auth.organizationId === organizationId) return { ok: true, auth };
  // Somebody else's refresh was adopted as often as is reasonable, and none was for this organisation.
  return {
    ok: false,
    reason: "unavailable",
    auth: fail(room, contextOf(room, visit), { reason: "provider_unreachable", detail: "busy" }, background),
  };
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
