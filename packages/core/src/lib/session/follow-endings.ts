import { withDeadline } from "../base/deadline.js";
import type { Background } from "../base/ports.js";
import type { EndedRecord } from "../base/session-home.js";
import { readToken } from "../token/read-token.js";
import { tellFailure } from "./failure-of.js";
import { SILENT, settleFirmly } from "./ledger-client.js";
import { scopeOf } from "./refuse-revoked.js";
import { revoke } from "./revoke.js";
import type { SessionRoom } from "./room.js";
import type { Session } from "./session.js";
import { openRecord } from "./stored-record.js";

/** How long an answer without a background waits for what follows an ending. It goes on all the same. */
const FOLLOWING_MILLISECONDS = 3_000;
/** An invocation of a Worker has only so many calls, and a provider takes only so many at once. */
const MOST_FOLLOWED = 50;

interface Followed {
  /** Whose sessions they were. */
  readonly userId: string;
  /** A session of the provider that goes on: two of ours may rest on one. */
  readonly keptSid?: string | undefined;
  readonly request: Request;
  readonly background: Background | undefined;
}

/**
 * What follows once a store has ended sessions: the ledger hands their successors out no more, `revocation` refuses what is
 * left of them in sealed cookies, and the provider ends them, too. For the first 50; whoever comes with one of the others
 * is refused as well, and there it ends by itself. Never rejects. Without a background the answer waits for it, so long.
 */
export async function followEndings(
  room: SessionRoom,
  ended: readonly EndedRecord[],
  followed: Followed,
): Promise<void> {
  await inBackground(ended, (record) => followEnding(room, record, followed), followed.background);
}

/** The ledger alone: whoever ended them asks the provider itself. For the first 50. Never rejects. */
export async function endInLedgers(
  room: SessionRoom,
  ended: readonly EndedRecord[],
  asked: Pick<Followed, "background"> & { readonly request: Request | undefined },
): Promise<void> {
  await inBackground(ended, (record) => endInLedger(room, record, asked), asked.background);
}

async function inBackground(
  ended: readonly EndedRecord[],
  follow: (record: EndedRecord) => Promise<void>,
  background: Background | undefined,
): Promise<void> {
  const following = Promise.all(ended.slice(0, MOST_FOLLOWED).map(follow));
  if (background) background.waitUntil(following);
  else await withDeadline(following, FOLLOWING_MILLISECONDS);
}

async function followEnding(room: SessionRoom, record: EndedRecord, followed: Followed): Promise<void> {
  const { name: sessionId } = record;
  const { userId, keptSid } = followed;
  try {
    const session = await sessionIn(room, record);
    if (session !== undefined) room.memo.forget(session.sessionId);
    await Promise.all([
      endInLedger(room, record, followed),
      room.parts.revocation?.end({ kind: "session", sessionId, userId }, scopeOf(room.parts), room.parts.runtime.now()),
    ]);
    if (session === undefined || room.refresh === undefined) return;
    const sid = readToken(session.accessToken)?.claims.sid;
    if (keptSid === undefined || sid !== keptSid) await revoke(room.refresh.provider, session);
  } catch (error) {
    tellFailure(room.parts.emit, error, { reason: "ending", sessionId }, followed);
  }
}

/** `undefined`: it cannot be opened any more, by a key that was revoked, and ends at the provider by itself. */
async function sessionIn({ parts }: SessionRoom, { sealed, name }: EndedRecord): Promise<Session | undefined> {
  const { keyring, realm, runtime } = parts;
  const opened = await openRecord({ sealed }, { keyring, realm, name }, runtime.now());
  return opened.session;
}

async function endInLedger(
  { refresh, parts }: SessionRoom,
  { name, endsAt }: EndedRecord,
  { request, background }: Pick<Followed, "background"> & { readonly request: Request | undefined },
): Promise<void> {
  if (refresh === undefined) return;
  const settled = await settleFirmly(refresh.ledger, name, { kind: "ended", endsAt });
  if (settled !== SILENT) return;
  parts.emit({ type: "ledger_unreachable", reason: "ending", sessionId: name }, background, request);
}
