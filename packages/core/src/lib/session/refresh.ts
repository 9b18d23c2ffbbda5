import { TIMED_OUT, withDeadline } from "../base/deadline.js";
import type { UnsealReason } from "../base/failure.js";
import type { Background, LedgerClaim } from "../base/ports.js";
import { hostPlace } from "./host-realm.js";
import { lead } from "./lead.js";
import { claimPatiently, SILENT } from "./ledger-client.js";
import { ledgerName } from "./ledger-name.js";
import { goOn, isDue, isOver, lives, type RefreshParts } from "./refresh-parts.js";
import type { Renewal, RenewalRequest } from "./renewal.js";
import { openSuccessor } from "./sealed-store.js";
import type { Session } from "./session.js";

/** After an adoption that is itself due, or for a switch, we claim again; more often than this nobody is served by it. */
const MAX_CLAIMS = 3;
/** A little more than the provider's own deadline, for a client that has none. The work goes on in the background. */
const LEADER_MILLISECONDS = 9_000;

/** Renews one session through the ledger: adopts what somebody else fetched, or leads and asks the provider once. */
export async function renew(
  parts: RefreshParts,
  request: RenewalRequest,
  background: Background | undefined,
): Promise<Renewal> {
  const { session, presented, kind } = request;
  const name = await ledgerName(parts.realm, session.sessionId);
  if (await isHostGone(parts, request)) {
    const about = { sessionId: name, userId: session.user.id, reason: "host_unknown" };
    parts.emit({ type: "session_expired", ...about }, background, request.cause);
    return { kind: "anonymous", reason: "session_over", clear: true };
  }
  const place = await hostPlace(parts, request.cause);
  let held = session;
  for (let claims = 1; claims <= MAX_CLAIMS; claims++) {
    const claim = await claimPatiently(parts.ledger, name, {
      presented: presented.generation,
      held: held.generation,
      tokenExpiresAt: presented.expiresAt,
      // A token that still lives need not wait for anybody; a switch must know how it ended.
      wait: kind === "switch" || !lives(parts, held),
      endsAt: session.endsAt,
      ...(kind === "switch" && { isSwitch: true }),
      ...(place !== undefined && { place }),
    });
    if (claim === SILENT) return ended(goOn(parts, held, "ledger_unreachable"), held, request);
    if (claim.role === "adopt") {
      const successor = await openSuccessor(claim.successor, parts.keyring, name, parts.realm, parts.runtime.now());
      if (typeof successor === "string") return ended(cannotAdopt(parts, held, successor), held, request);
      held = successor;
      if (kind !== "switch" && !isDue(parts, held)) return adopted(held);
      continue;
    }
    const renewal =
      claim.role === "leader"
        ? await leadInBackground(parts, { ...request, session: held }, name, claim, background)
        : told(parts, claim, { ...request, session: held }, name, background);
    if (renewal !== "superseded") return ended(renewal, held, request);
  }
  return ended(goOn(parts, held, "provider_unreachable", { detail: "busy" }), held, request);
}

/** Cookies of a host that is ours no longer may be in the hands of whoever it belongs to now: they get no new tokens. */
async function isHostGone({ knowsHost }: RefreshParts, { cause }: RenewalRequest): Promise<boolean> {
  return knowsHost !== undefined && cause !== undefined && (await knowsHost(cause)) === false;
}

/** An adoption on the way is worth keeping whatever came after it. */
function ended(renewal: Renewal, held: Session, request: RenewalRequest): Renewal {
  if (held === request.session || renewal.kind === "renewed" || renewal.kind === "anonymous") return renewal;
  return { ...renewal, adopted: renewal.adopted ?? held };
}

/**
 * One promise, given away before the provider is called, holds everything up to settling. The visitor waits for it only
 * so long; the tokens it brings are settled even if nobody waits any more.
 */
async function leadInBackground(
  parts: RefreshParts,
  request: RenewalRequest,
  name: string,
  claim: Extract<LedgerClaim, { role: "leader" }>,
  background: Background | undefined,
): Promise<Renewal | "superseded"> {
  const { promise: given, resolve: start } = Promise.withResolvers<void>();
  const work = given.then(() => lead(parts, { request, name, claim }, background));
  background?.waitUntil(work.catch(() => undefined)); // whoever awaits `work` below hears of its failure
  start();
  const renewal = await withDeadline(work, LEADER_MILLISECONDS);
  return renewal === TIMED_OUT ? goOn(parts, request.session, "provider_unreachable", { detail: "deadline" }) : renewal;
}

function told(
  parts: RefreshParts,
  claim: Extract<LedgerClaim, { role: "busy" | "stale" | "over" }>,
  { session: held, cause }: RenewalRequest,
  name: string,
  background: Background | undefined,
): Renewal {
  if (claim.role === "busy") {
    if (lives(parts, held) && !claim.failing) return { kind: "keep" };
    const retryAfterSeconds = claim.until - parts.runtime.now();
    return goOn(parts, held, "provider_unreachable", { detail: "busy", retryAfterSeconds });
  }
  if (claim.role === "stale") {
    // Only a ledger that lost its record refuses a token that still lives.
    if (lives(parts, held)) return { kind: "keep" };
    parts.emit({ type: "refresh_reuse", sessionId: name, userId: held.user.id }, background, cause);
    return { kind: "anonymous", reason: "stale", clear: false };
  }
  const over = isOver(parts, held, claim.ended);
  if (over.kind === "anonymous") {
    const about = { sessionId: name, userId: held.user.id };
    parts.emit({ type: "session_expired", ...about, reason: "session_over" }, background, cause);
  }
  return over;
}

/** Sealed by a key ring that this instance does not have (roll-back, roll-out): the cookie comes back to life later. */
function cannotAdopt(parts: RefreshParts, held: Session, reason: UnsealReason): Renewal {
  if (lives(parts, held)) return { kind: "keep" };
  return { kind: "anonymous", reason, clear: false };
}

function adopted(session: Session): Renewal {
  return { kind: "renewed", session, adopted: true, carry: true };
}
