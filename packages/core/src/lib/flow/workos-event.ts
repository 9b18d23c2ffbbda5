import { readIsoTime } from "../base/iso-time.js";
import { isRecord } from "../base/json.js";
import { isRevocableId } from "../session/revocation-names.js";
import type { RevocationTarget } from "../session/revocation-target.js";

/** A clock of WorkOS that is ahead of ours by more than this is not believed. */
const SKEW_SECONDS = 60;

/**
 * Whose sessions an event of WorkOS ends; `null`: nobody's. Ids of sessions and users never come back, so those end what
 * began until now, and a delivery that is repeated ends nothing more. A membership may come back: that ends tokens issued
 * until the event, by the clock of WorkOS, which made both.
 */
export function targetOf(event: Readonly<Record<string, unknown>>, now: number): RevocationTarget | "malformed" | null {
  const { event: type, data } = event;
  const { id, user_id: userId, organization_id: organizationId, status } = isRecord(data) ? data : {};
  switch (type) {
    case "session.revoked":
      return isRevocableId(id) ? { kind: "provider_session", sid: id } : "malformed";
    case "user.deleted":
      return isRevocableId(id) ? { kind: "user", userId: id } : "malformed";
    case "organization.deleted":
      return isRevocableId(id) ? { kind: "organization", organizationId: id } : "malformed";
    case "organization_membership.updated":
      if (status !== "inactive") return null;
      return membership(userId, organizationId, momentOf(event, now));
    case "organization_membership.deleted":
      return membership(userId, organizationId, momentOf(event, now));
    default:
      return null;
  }
}

function membership(userId: unknown, organizationId: unknown, since: number): RevocationTarget | "malformed" {
  if (!isRevocableId(userId) || !isRevocableId(organizationId)) return "malformed";
  return { kind: "membership", userId, organizationId, since };
}

function momentOf({ created_at: createdAt }: Readonly<Record<string, unknown>>, now: number): number {
  const moment = readIsoTime(createdAt);
  return moment !== null && moment >= 0 ? Math.min(moment, now + SKEW_SECONDS) : now;
}
