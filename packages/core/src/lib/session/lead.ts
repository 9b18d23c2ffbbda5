import type { Background, LedgerClaim, LedgerResult } from "../base/ports.js";
import type { ProviderAnswer, ProviderTokens } from "../provider/provider.js";
import { SILENT, settleFirmly } from "./ledger-client.js";
import { nextSession } from "./next-session.js";
import { goOn, isOver, type RefreshParts } from "./refresh-parts.js";
import type { Renewal, RenewalRequest, SwitchRefusal } from "./renewal.js";
import { revoke } from "./revoke.js";
import { openSuccessor, sealSuccessor } from "./sealed-store.js";
import type { Session } from "./session.js";

/** Seconds until the next try after a failure without a word from the provider. */
const PAUSE_AFTER_FAILURE = 1;

/** The refusals of a refresh that only a new sign-in of the person can cure; everything else final ends the session. */
const SWITCH_REFUSALS: Readonly<Record<string, SwitchRefusal>> = {
  sso_required: "sso_required",
  mfa_enrollment: "mfa_required",
  mfa_challenge: "mfa_required",
  invalid_grant: "session_over",
};

/** Holds the lease: asks the provider once and settles what came of it. */
export async function lead(
  parts: RefreshParts,
  request: RenewalRequest,
  name: string,
  claim: Extract<LedgerClaim, { role: "leader" }>,
  background: Background | undefined,
): Promise<Renewal | "superseded"> {
  const { session: held } = request;
  const { lease } = claim;
  const failed = (retryAfterSeconds: number): Promise<unknown> =>
    settleFirmly(parts.ledger, name, { kind: "failed", lease, retryAfterSeconds });

  if (held.refreshToken === undefined) {
    await failed(PAUSE_AFTER_FAILURE);
    return goOn(parts, held, "provider_unreachable", { detail: "no_refresh_token" });
  }
  const answer = await ask(parts, request, held.refreshToken);
  if (!answer.ok && !answer.final) {
    const { retryAfterSeconds = PAUSE_AFTER_FAILURE, reason } = answer;
    await failed(retryAfterSeconds);
    return goOn(parts, held, "provider_unreachable", { detail: reason, retryAfterSeconds });
  }
  if (answer.ok) return settleTokens(parts, request, name, lease, answer, background);
  if (request.kind === "switch") {
    await failed(PAUSE_AFTER_FAILURE);
    return { kind: "refused", reason: SWITCH_REFUSALS[answer.reason] ?? "not_a_member" };
  }
  return settleOver(parts, held, name, claim, answer.reason, background);
}

async function ask(parts: RefreshParts, request: RenewalRequest, refreshToken: string): Promise<ProviderAnswer> {
  const organizationId = request.organizationId ?? request.session.organizationId;
  try {
    return await parts.provider.refresh({ refreshToken, ...(organizationId !== undefined && { organizationId }) });
  } catch {
    // A provider promises not to throw; one that does has failed, and that is never the visitor's fault.
    return { ok: false, final: false };
  }
}

async function settleTokens(
  parts: RefreshParts,
  request: RenewalRequest,
  name: string,
  lease: string,
  answer: ProviderTokens,
  background: Background | undefined,
): Promise<Renewal | "superseded"> {
  const { session: held } = request;
  const next = nextSession(held, answer, request.organizationId);
  if (!next.ok) {
    await settleFirmly(parts.ledger, name, { kind: "failed", lease, retryAfterSeconds: PAUSE_AFTER_FAILURE });
    const denied = request.kind === "switch" && next.problem === "other_organization";
    return denied
      ? { kind: "refused", reason: "not_a_member" }
      : goOn(parts, held, "provider_unreachable", { detail: next.problem });
  }
  const { session } = next;
  const successor = await sealSuccessor(session, parts.keyring, name, parts.realm, parts.runtime.now());
  const result: LedgerResult = { kind: "next", lease, held: held.generation, successor };
  const settled = await settleFirmly(parts.ledger, name, result);
  const about = { sessionId: name, userId: session.user.id };
  if (settled === SILENT) {
    parts.emit({ type: "ledger_settle_failed", ...about }, background);
  } else if (!settled.accepted) {
    if (settled.role === "superseded") return { kind: "renewed", session, adopted: false, carry: false };
    // Whoever logged out meanwhile wins, and whoever was faster is followed: these tokens are nobody's.
    if (settled.role === "over") {
      const revoking = revoke(parts.provider, session);
      background?.waitUntil(revoking);
      return isOver(parts, held);
    }
    const adopted = await openSuccessor(settled.successor, parts.keyring, name, parts.realm, parts.runtime.now());
    return typeof adopted === "string"
      ? { kind: "renewed", session, adopted: false, carry: false }
      : { kind: "renewed", session: adopted, adopted: true, carry: true };
  }
  const { organizationId } = session;
  const type = request.kind === "switch" ? "org_switch" : "token_refresh";
  parts.emit({ type, ...about, ...(organizationId !== undefined && { organizationId }) }, background);
  return { kind: "renewed", session, adopted: false, carry: true };
}

async function settleOver(
  parts: RefreshParts,
  held: Session,
  name: string,
  claim: Extract<LedgerClaim, { role: "leader" }>,
  reason: string,
  background: Background | undefined,
): Promise<Renewal | "superseded"> {
  const settled = await settleFirmly(parts.ledger, name, { kind: "over", lease: claim.lease, held: held.generation });
  const about = { sessionId: name, userId: held.user.id };
  if (settled !== SILENT && !settled.accepted && settled.role !== "over") return "superseded";
  if (claim.afterLapse) {
    // The one who led before took new tokens away with it. Nothing is deleted: its answer may still reach the browser.
    parts.emit({ type: "refresh_lost", ...about, reason }, background);
    return { kind: "anonymous", reason: "refresh_lost", clear: false };
  }
  parts.emit({ type: "session_expired", ...about, reason }, background);
  return isOver(parts, held);
}
