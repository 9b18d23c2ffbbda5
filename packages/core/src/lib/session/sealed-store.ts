import { AuthError, isAuthError } from "../base/errors.js";
import type { UnsealReason } from "../base/failure.js";
import type { ClockOption } from "../base/ports.js";
import { readClock } from "../base/runtime.js";
import { MAX_TEXT_LENGTH } from "../cookie/cookie.js";
import type { Keyring } from "../seal/keyring.js";
import { type MadeSeal, makeSeal, openSeal, type SealBinding, seal, sealedLength, unseal } from "../seal/seal.js";
import { makeBody, readBody } from "./body.js";
import type { Session } from "./session.js";
import { largestParts } from "./size-report.js";

export interface SealOptions extends ClockOption {
  /** Part of what is authenticated: a value sealed for one cookie never opens as another. */
  readonly cookieName: string;
  /** Separates environments. Default "". */
  readonly realm?: string;
  /** From now to the end of this seal, if the session does not end before. Default: the session's end alone. */
  readonly idleSeconds?: number;
}

export type UnsealedSession =
  | {
      readonly ok: true;
      readonly session: Session;
      readonly keyVersion: number;
      /** Another key is active now: seal again. */
      readonly outdated: boolean;
      /** Of the seal, not of the sign-in. */
      readonly issuedAt: number;
      /** Of the seal (idle or absolute end, whichever is first), not of the access token. */
      readonly expiresAt: number;
    }
  | { readonly ok: false; readonly reason: UnsealReason };

/** As `UnsealedSession`, and with what lay in a seal that expired: an absolute end is told from idleness. */
export type OpenedSession =
  | Extract<UnsealedSession, { ok: true }>
  | { readonly ok: false; readonly reason: UnsealReason; readonly session?: Session };

/**
 * The text of the session cookie. Throws `AuthError` `session_too_large` above 4 × 3,800 characters, and
 * `config_invalid` when a field of the session cannot be written.
 */
export async function sealSession(session: Session, keyring: Keyring, options: SealOptions): Promise<string> {
  return (await makeSealedSession(session, keyring, options)).text;
}

/** `sealSession`, and which key and which end the seal got. */
export async function makeSealedSession(session: Session, keyring: Keyring, options: SealOptions): Promise<MadeSeal> {
  const now = readClock(options);
  const idleEnd = options.idleSeconds === undefined ? session.endsAt : now + options.idleSeconds;
  const expiresAt = Math.min(session.endsAt, idleEnd);
  try {
    const body = await makeBody(session);
    if (sealedLength(body.length) > MAX_TEXT_LENGTH) throw tooLarge(session);
    return await makeSeal(body, { ...binding(keyring, options), expiresAt, now: () => now });
  } catch (error) {
    throw isAuthError(error, "payload_too_large") ? tooLarge(session) : error;
  }
}

export function tooLarge(session: Session): AuthError {
  const problems = largestParts(session).map(({ name, bytes }) => `${name}: ${bytes} bytes`);
  return new AuthError(
    "session_too_large",
    `A sealed session has at most ${MAX_TEXT_LENGTH} characters in its cookies. Put fewer claims into the access token. ` +
      `Largest parts of this one: ${problems.join(", ")}.`,
    { problems },
  );
}

/** Opens what `sealSession` made; never throws for what the text is, only for a fault of the runtime's cryptography. */
export async function unsealSession(text: string, keyring: Keyring, options: SealOptions): Promise<UnsealedSession> {
  const opened = await openSession(text, keyring, options);
  return opened.ok ? opened : { ok: false, reason: opened.reason };
}

export function openSession(text: string, keyring: Keyring, options: SealOptions): Promise<OpenedSession> {
  return openBound(text, binding(keyring, options));
}

export async function openBound(text: string, binding: SealBinding): Promise<OpenedSession> {
  const opened = await openSeal(text, binding);
  if (!opened.ok && opened.reason !== "expired") return { ok: false, reason: opened.reason };
  const session = await readBody(opened.body);
  if (session === null) return { ok: false, reason: "malformed" };
  if (!opened.ok) return { ok: false, reason: "expired", session };
  const { keyVersion, outdated, issuedAt, expiresAt } = opened;
  return { ok: true, session, keyVersion, outdated, issuedAt, expiresAt };
}

/** The session that follows, for the ledger: only who knows the session's name and keys can open it. */
export async function sealSuccessor(
  session: Session,
  keyring: Keyring,
  name: string,
  realm: string,
  now: number,
): Promise<string> {
  const body = await makeBody(session);
  return seal(body, { ...successorBinding(keyring, name, realm, now), expiresAt: session.endsAt });
}

export async function openSuccessor(
  text: string,
  keyring: Keyring,
  name: string,
  realm: string,
  now: number,
): Promise<Session | UnsealReason> {
  const opened = await unseal(text, successorBinding(keyring, name, realm, now));
  return opened.ok ? ((await readBody(opened.body)) ?? "malformed") : opened.reason;
}

function binding(keyring: Keyring, options: SealOptions): SealBinding {
  const { cookieName, realm = "", now } = options;
  return { keyring, purpose: "session", context: [cookieName, realm], ...(now && { now }) };
}

function successorBinding(keyring: Keyring, name: string, realm: string, now: number): SealBinding {
  return { keyring, purpose: "successor", context: [name, realm], now: () => now };
}
