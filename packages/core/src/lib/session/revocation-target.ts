import { pause, TIMED_OUT, withDeadline } from "../base/deadline.js";
import { AuthError } from "../base/errors.js";
import type { RevocationStore } from "../base/ports.js";
import {
  ALL,
  entryName,
  isRevocableId,
  membershipMark,
  type RevocationScope,
  sessionMark,
  WITHOUT_SID,
} from "./revocation-names.js";
import type { LeavingSession } from "./revocation-questions.js";

/**
 * Whose sessions end. `since` (epoch seconds, default now): those that began at that moment or before it; later sign-ins are
 * untouched.
 */
export type RevocationTarget =
  /** One session, by its name in events. */
  | { readonly kind: "session"; readonly sessionId: string; readonly userId: string }
  | { readonly kind: "user"; readonly userId: string; readonly since?: number }
  /** Everybody who acts for it. */
  | { readonly kind: "organization"; readonly organizationId: string; readonly since?: number }
  /** One person in one organisation. `since` is compared with when the provider issued the token. */
  | {
      readonly kind: "membership";
      readonly userId: string;
      readonly organizationId: string;
      readonly since?: number;
    }
  /** The provider's own session. `userId`: also that person's sessions whose token has no `sid`. */
  | { readonly kind: "provider_session"; readonly sid: string; readonly userId?: string };

/** One record of a store. */
export interface Ending {
  /** Of the entry. */
  readonly name: string;
  readonly mark: string;
  readonly since: number;
  readonly forgetAt: number;
}

/** 400 days: longer than any session that a browser keeps (RFC 6265bis §5.5). */
const KEPT_SECONDS = 34_560_000;
/** A membership ends by the provider's clock. */
const SKEW_SECONDS = 60;
const TRIES = 3;
const TRY_MILLISECONDS = 3_000;

/** What is to be recorded. Throws a `RangeError` for an id that is none, and for a moment that has not come. */
export async function endingsOf(
  target: RevocationTarget,
  scope: RevocationScope,
  now: number,
): Promise<readonly Ending[]> {
  const since = "since" in target ? (target.since ?? now) : now;
  const latest = target.kind === "membership" ? now + SKEW_SECONDS : now;
  if (!Number.isInteger(since) || since < 0 || since > latest) {
    throw new RangeError("`since` must be whole epoch seconds, and not later than now.");
  }
  const ending = (name: string, mark: string): Ending => ({ name, mark, since, forgetAt: since + KEPT_SECONDS });
  const nameOf = (kind: "user" | "organization" | "sid", id: string) => entryName(scope, kind, checked(id));
  switch (target.kind) {
    case "session":
      return [ending(await nameOf("user", target.userId), sessionMark(checked(target.sessionId)))];
    case "user":
      return [ending(await nameOf("user", target.userId), ALL)];
    case "organization":
      return [ending(await nameOf("organization", target.organizationId), ALL)];
    case "membership": {
      const organization = await nameOf("organization", target.organizationId);
      return [ending(await nameOf("user", target.userId), membershipMark(organization))];
    }
    case "provider_session":
      return [
        ending(await nameOf("sid", target.sid), ALL),
        ...(target.userId === undefined ? [] : [ending(await nameOf("user", target.userId), WITHOUT_SID)]),
      ];
    default:
      // Reached from JavaScript: to end nobody, and to say nothing, would look like success.
      throw new RangeError("`kind` must be session, user, organization, membership or provider_session.");
  }
}

function checked(id: string): string {
  if (isRevocableId(id)) return id;
  throw new RangeError("An id to revoke by must be a text of 1 to 1,024 characters.");
}

/**
 * A session that its own browser left: up to its beginning and not up to now, so that it can be told from one that
 * somebody else ended.
 */
export async function ownEnding(session: LeavingSession, scope: RevocationScope): Promise<Ending> {
  const { name, userId, createdAt: since, endsAt: forgetAt } = session;
  return { name: await entryName(scope, "user", userId), mark: sessionMark(name), since, forgetAt };
}

/** Records all of it. Throws `AuthError` `store_unreachable` when one could not be recorded in three tries. */
export async function endInStore(store: RevocationStore, endings: readonly Ending[]): Promise<void> {
  await Promise.all(endings.map((ending) => endFirmly(store, ending)));
}

async function endFirmly(store: RevocationStore, { name, mark, since, forgetAt }: Ending): Promise<void> {
  let cause: unknown;
  for (let tries = 1; tries <= TRIES; tries++) {
    if (tries > 1) await pause(100 * tries);
    try {
      const ended = await withDeadline(store.getByName(name).end(mark, since, forgetAt), TRY_MILLISECONDS);
      if (ended !== TIMED_OUT) return;
    } catch (error) {
      cause = error; // whatever a stub or a store throws: moved, overloaded, too many writes
    }
  }
  throw new AuthError("store_unreachable", "The revocation store did not record that sessions ended.", { cause });
}
