import type { AnonymousReason } from "../base/failure.js";
import { keyStateOf } from "../seal/keyring.js";
import type { Carrier } from "./carrier.js";
import type { Memo, Remembered } from "./memo.js";
import { legacyText } from "./present-legacy.js";
import { openSession } from "./sealed-store.js";
import type { Session } from "./session.js";
import type { SessionParts } from "./session-parts.js";

/** What a request brought, opened. */
export interface Presented {
  readonly ok: true;
  /** What the request's own cookie held. */
  readonly presented: { readonly generation: number; readonly expiresAt: number };
  /** The newest this isolate has of it, and the text it is sealed in. */
  readonly session: Session;
  readonly text: string;
  readonly keyVersion: number;
  readonly issuedAt: number;
  /** Of the seal. */
  readonly expiresAt: number;
  /** Verified in this isolate before. */
  readonly remembered?: Remembered;
  /** Another text than the request's: it has to be sent along. */
  readonly replaced: boolean;
  /** From a layout before `es1`: it has no text of ours yet. */
  readonly isLegacy?: true;
}

export type Presentation =
  | Presented
  | {
      readonly ok: false;
      readonly reason: AnonymousReason;
      readonly cookies: readonly string[];
      readonly sessionRead: boolean;
      /** Of a seal that expired: for a log-out, which has to end it all the same. */
      readonly session?: Session;
    };

/**
 * Memory first, at once; then the seal itself. Never throws for what the request brought; `crypto_failure` when nobody can
 * say.
 */
export function present(
  parts: SessionParts,
  carrier: Carrier,
  memo: Memo,
  request: Request,
  now: number,
): Presentation | Promise<Presentation> {
  const read = carrier.read(request);
  const older = legacyText(parts, read, request, now);
  const credential = older === null ? read : { ok: true as const, text: older };
  if (!credential.ok) {
    const { reason, cookies } = credential;
    return { ok: false, reason, cookies, sessionRead: reason !== "no_credential" };
  }
  const { text } = credential;
  const newer = replacement(parts, memo, text, now);
  if (newer) return newer;
  const known = older === null ? memo.get(text) : undefined;
  if (known && stillOpens(parts, known, now)) return presented(text, known, known);
  return open(parts, carrier, request, { text, isLegacy: older !== null, now });
}

async function open(
  parts: SessionParts,
  carrier: Carrier,
  request: Request,
  { text, isLegacy, now }: { readonly text: string; readonly isLegacy: boolean; readonly now: number },
): Promise<Presentation> {
  const { cookie, keyring, realm, legacy, absoluteSeconds } = parts;
  const opened =
    isLegacy && legacy
      ? await legacy.open(text, { keyring, now, ...(absoluteSeconds !== undefined && { absoluteSeconds }) })
      : await openSession(text, keyring, { cookieName: cookie.name, realm, now: () => now });
  if (opened.ok) return { ...presented(text, opened), ...(isLegacy && { isLegacy }) };
  const isOver = opened.session !== undefined && opened.session.endsAt <= now;
  return {
    ok: false,
    reason: opened.reason,
    cookies: isOver ? carrier.clear(request) : [],
    sessionRead: true,
    ...(opened.session && { session: opened.session }),
  };
}

function replacement(parts: SessionParts, memo: Memo, text: string, now: number): Presented | null {
  const newer = memo.newer(text, now);
  if (newer === null || !stillOpens(parts, newer.entry, now)) return null;
  const { entry, presented: shown } = newer;
  return { ...presented(entry.text, entry, entry), presented: shown, replaced: true };
}

function stillOpens(parts: SessionParts, known: Remembered, now: number): boolean {
  if (now >= known.expiresAt) return false;
  const state = keyStateOf(parts.keyring, known.keyVersion, now);
  return state === "active" || state === "retired" || state === "staged";
}

function presented(
  text: string,
  opened: Pick<Presented, "session" | "keyVersion" | "issuedAt" | "expiresAt">,
  remembered?: Remembered,
): Presented {
  const { session, keyVersion, issuedAt, expiresAt } = opened;
  const { generation, expiresAt: tokenEnd } = session;
  return {
    ok: true,
    text,
    presented: { generation, expiresAt: tokenEnd },
    session,
    keyVersion,
    issuedAt,
    expiresAt,
    ...(remembered && { remembered }),
    replaced: false,
  };
}
