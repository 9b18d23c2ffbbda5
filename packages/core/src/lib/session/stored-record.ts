import { isAuthError } from "../base/errors.js";
import type { SessionRecord } from "../base/session-home.js";
import type { Keyring } from "../seal/keyring.js";
import { type MadeSeal, makeSeal, type SealBinding } from "../seal/seal.js";
import { makeBody } from "./body.js";
import { type OpenedSession, openBound, tooLarge } from "./sealed-store.js";
import type { Session } from "./session.js";

/** What a record is sealed for, and opens for alone. */
export interface RecordBinding {
  readonly keyring: Keyring;
  readonly realm: string;
  /** Ledger name of the session. */
  readonly name: string;
  /** With an eventual home: others may write there, and one's record must not pass for that of another's cookie. */
  readonly key?: string;
}

/** So long a cookie carries a copy: twice the time in which KV is late. */
const COPY_SECONDS = 120;
/** Of a copy: it opens as nothing but that. */
const COPY = "copy";

/** Seals a session until `expiresAt`. Throws `AuthError` `session_too_large` above what any seal may be. */
export async function sealRecord(
  session: Session,
  binding: RecordBinding,
  { now, expiresAt }: { readonly now: number; readonly expiresAt: number },
): Promise<MadeSeal> {
  try {
    return await makeSeal(await makeBody(session), { ...recordSealBinding(binding, now), expiresAt });
  } catch (error) {
    throw isAuthError(error, "payload_too_large") ? tooLarge(session) : error;
  }
}

/** Never throws for what the record is, only for a fault of the runtime's cryptography. */
export function openRecord(
  { sealed }: Pick<SessionRecord, "sealed">,
  binding: RecordBinding,
  now: number,
): Promise<OpenedSession> {
  return openBound(sealed, recordSealBinding(binding, now));
}

/** What the cookie of a new session carries along, for its key alone. */
export async function sealCopy(session: Session, binding: CopyBinding, now: number): Promise<string> {
  const expiresAt = Math.min(session.endsAt, now + COPY_SECONDS);
  return (await makeSeal(await makeBody(session), { ...copySealBinding(binding, now), expiresAt })).text;
}

export function openCopy(text: string, binding: CopyBinding, now: number): Promise<OpenedSession> {
  return openBound(text, copySealBinding(binding, now));
}

type CopyBinding = Pick<RecordBinding, "keyring" | "realm"> & { readonly key: string };

function recordSealBinding({ keyring, realm, name, key }: RecordBinding, now: number): SealBinding {
  const context = key === undefined ? [name, realm] : [name, realm, key];
  return { keyring, purpose: "record", context, now: () => now };
}

function copySealBinding({ keyring, realm, key }: CopyBinding, now: number): SealBinding {
  return { keyring, purpose: "record", context: [COPY, key, realm], now: () => now };
}
