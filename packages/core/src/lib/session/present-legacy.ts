import { isWebSocketUpgrade } from "../policy/same-origin.js";
import { openLegacySeal } from "../seal/legacy.js";
import type { Credential } from "./carrier.js";
import { readLegacySession } from "./legacy-session.js";
import type { OpenedSession } from "./sealed-store.js";
import type { SessionParts } from "./session-parts.js";

/** No key of a ring has it. */
const NO_VERSION = 0;

/** The older text a request brought, where it is still read and nothing of ours came along; `null` otherwise. */
export function legacyText(parts: SessionParts, read: Credential, request: Request, now: number): string | null {
  if (read.ok || read.legacy === undefined || parts.legacy === undefined || now >= parts.legacy.until) return null;
  // The wall in front of sockets knows our cookie's name alone. Whoever loads a page first is moved in by then.
  return isWebSocketUpgrade(request) ? null : read.legacy;
}

/** Opens a text of the layouts before `es1`. Throws `AuthError` `crypto_failure` when nobody can say. */
export async function openLegacy(parts: SessionParts, text: string, now: number): Promise<OpenedSession> {
  const { keyring, absoluteSeconds, legacy } = parts;
  const secret = legacy?.secret;
  const opened = await openLegacySeal(text, { keyring, now, ...(secret !== undefined && { secret }) });
  if (!opened.ok) return opened;
  const session = await readLegacySession(opened.body, now, absoluteSeconds);
  if (session === null) return { ok: false, reason: "malformed" };
  const { endsAt } = session;
  if (now >= endsAt) return { ok: false, reason: "expired", session };
  return { ok: true, session, keyVersion: NO_VERSION, outdated: true, issuedAt: now, expiresAt: endsAt };
}
