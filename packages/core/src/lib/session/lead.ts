import { isAuthError } from "../base/errors.js";
import type { Background, LedgerClaim } from "../base/ports.js";
import type { ProviderAnswer, ProviderRefusal, ProviderTokens } from "../provider/provider.js";
import { failureOf } from "./failure-of.js";
import { SILENT, settleFirmly } from "./ledger-client.js";
import { nextSession, withRefreshToken } from "./next-session.js";
import { goOn, isOver, type RefreshParts } from "./refresh-parts.js";
import type { Renewal, RenewalRequest } from "./renewal.js";
import { revoke } from "./revoke.js";
import { openSuccessor, sealSuccessor } from "./sealed-store.js";
import type { Session } from "./session.js";
import { switchRefusal } from "./switch-refusal.js";

/** Seconds until the next try after a failure without a word from the provider. */
const PAUSE_AFTER_FAILURE = 1;

/** A renewal that this request leads. */
interface Lead {
  readonly request: RenewalRequest;
  /** Ledger name of the session. */
  readonly name: string;
  readonly claim: Extract<LedgerClaim, { role: "leader" }>;
}

/** Holds the lease: asks the provider once and settles what came of it. `superseded`: claim again. */
export async function lead(
  parts: RefreshParts,
  leading: Lead,
  background: Background | undefined,
): Promise<Renewal | "superseded"> {
  const { session: held } = leading.request;
  if (held.refreshToken === undefined) return giveUp(parts, leading, { detail: "no_refresh_token" });
  const answer = await ask(parts, leading.request, held.refreshToken);
  if (answer.ok) return settleTokens(parts, leading, answer, background);
  // No refusal of a switch ends the session: without the other organisation it goes on.
  if (leading.request.kind !== "switch") {
    if (answer.final) return settleOver(parts, leading, answer.reason, background);
    return giveUp(parts, leading, whyNot(answer));
  }
  const reason = switchRefusal(answer);
  if (reason === null) return giveUp(parts, leading, whyNot(answer));
  await settleFailed(parts, leading, PAUSE_AFTER_FAILURE);
  return { kind: "refused", reason };
}

async function ask(parts: RefreshParts, request: RenewalRequest, refreshToken: string): Promise<ProviderAnswer> {
  const organizationId = request.organizationId ?? request.session.organizationId;
  const provider = request.kind === "switch" ? parts.switchProvider : parts.provider;
  try {
    return await provider.refresh({ refreshToken, ...(organizationId !== undefined && { organizationId }) });
  } catch {
    // A provider promises not to throw; one that does has failed, and that is never the visitor's fault.
    return { ok: false, final: false };
  }
}

interface Why {
  readonly detail?: string;
  readonly retryAfterSeconds?: number;
}

function whyNot(answer: ProviderRefusal): Why {
  const retryAfterSeconds = answer.final ? undefined : answer.retryAfterSeconds;
  const detail = answer.final ? answer.reason : (answer.reason ?? answer.code);
  return { ...(detail !== undefined && { detail }), ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) };
}

/** Nothing new can be had: whoever comes next may try again after the pause. */
async function giveUp(parts: RefreshParts, leading: Lead, why: Why): Promise<Renewal> {
  await settleFailed(parts, leading, why.retryAfterSeconds ?? PAUSE_AFTER_FAILURE);
  return goOn(parts, leading.request.session, "provider_unreachable", why);
}

async function settleFailed(parts: RefreshParts, { name, claim }: Lead, retryAfterSeconds: number): Promise<void> {
  await settleFirmly(parts.ledger, name, { kind: "failed", lease: claim.lease, retryAfterSeconds });
}

async function settleTokens(
  parts: RefreshParts,
  leading: Lead,
  answer: ProviderTokens,
  background: Background | undefined,
): Promise<Renewal | "superseded"> {
  const { session: held, organizationId, kind } = leading.request;
  const next = nextSession(held, answer, organizationId);
  if (next.ok) {
    return settleNext(parts, leading, next.session, kind === "switch" ? "org_switch" : "token_refresh", background);
  }
  const { problem } = next;
  // Our refresh token is used up: what came with an answer we cannot use is the only good one.
  const same = nextSession(held, answer, held.organizationId);
  if (kind === "switch" && problem === "other_organization" && same.ok) {
    const settled = await settleNext(parts, leading, same.session, "token_refresh", background);
    if (settled === "superseded" || settled.kind !== "renewed") return settled;
    return { kind: "refused", reason: "not_a_member", adopted: settled.session };
  }
  const spared = problem === "token_malformed" ? withRefreshToken(held, answer) : null;
  if (spared === null) return giveUp(parts, leading, { detail: problem });
  const settled = await settleNext(parts, leading, spared, null, background);
  if (settled === "superseded" || settled.kind !== "renewed") return settled;
  const failure = goOn(parts, settled.session, "provider_unreachable", { detail: problem });
  return { ...failure, adopted: settled.session };
}

async function settleNext(
  parts: RefreshParts,
  leading: Lead,
  session: Session,
  type: "token_refresh" | "org_switch" | null,
  background: Background | undefined,
): Promise<Renewal | "superseded"> {
  const { name, claim, request } = leading;
  const { session: held } = request;
  const about = { sessionId: name, userId: session.user.id };
  const renewed: Renewal = { kind: "renewed", session, adopted: false, carry: true };
  const successor = await trySeal(parts, session, name);
  if (successor === null) {
    parts.emit({ type: "session_too_large", ...about }, background, request.cause);
    return giveUp(parts, leading, { detail: "session_too_large" });
  }
  const settled = await settleFirmly(parts.ledger, name, {
    kind: "next",
    lease: claim.lease,
    held: held.generation,
    successor,
  });
  if (settled !== SILENT && !settled.accepted) {
    if (settled.role === "superseded") return { ...renewed, carry: false };
    if (settled.role === "adopt") return (await adopt(parts, settled.successor, name)) ?? { ...renewed, carry: false };
    // Whoever logged out meanwhile wins: these tokens are nobody's.
    const revoking = revoke(parts.provider, session);
    background?.waitUntil(revoking);
    parts.emit({ type: "session_expired", ...about, reason: "session_over" }, background, request.cause);
    return isOver(parts, held, settled.ended);
  }
  if (settled === SILENT) parts.emit({ type: "ledger_settle_failed", ...about }, background, request.cause);
  const { organizationId } = session;
  const organization = organizationId === undefined ? {} : { organizationId };
  if (type) parts.emit({ type, ...about, ...organization }, background, request.cause);
  return renewed;
}

/** `null` when it is longer than a seal can be: then nobody can keep it. Tried again: at stake are the only good tokens. */
async function trySeal(parts: RefreshParts, session: Session, name: string, tries = 2): Promise<string | null> {
  try {
    return await sealSuccessor(session, parts.keyring, name, parts.realm, parts.runtime.now());
  } catch (error) {
    if (isAuthError(error, "payload_too_large")) return null;
    if (tries === 1 || failureOf(error) === null) throw error;
    return trySeal(parts, session, name, tries - 1);
  }
}

/** Whoever was faster is followed. `null` when their session cannot be opened here. */
async function adopt(parts: RefreshParts, successor: string, name: string): Promise<Renewal | null> {
  const session = await openSuccessor(successor, parts.keyring, name, parts.realm, parts.runtime.now());
  return typeof session === "string" ? null : { kind: "renewed", session, adopted: true, carry: true };
}

async function settleOver(
  parts: RefreshParts,
  { name, claim, request }: Lead,
  reason: string,
  background: Background | undefined,
): Promise<Renewal | "superseded"> {
  const { session: held } = request;
  const settled = await settleFirmly(parts.ledger, name, { kind: "over", lease: claim.lease, held: held.generation });
  // Only the ledger knows whether somebody else's tokens came after these.
  if (settled === SILENT) return goOn(parts, held, "ledger_unreachable", { detail: reason });
  if (!settled.accepted && settled.role !== "over") return "superseded";
  const about = { sessionId: name, userId: held.user.id, reason };
  if (claim.afterLapse) {
    // The one who led before took new tokens away with it. Nothing is deleted: its answer may still reach the browser.
    parts.emit({ type: "refresh_lost", ...about }, background, request.cause);
    return { kind: "anonymous", reason: "refresh_lost", clear: false };
  }
  const over = isOver(parts, held, !settled.accepted && settled.ended);
  if (over.kind === "anonymous") parts.emit({ type: "session_expired", ...about }, background, request.cause);
  return over;
}
