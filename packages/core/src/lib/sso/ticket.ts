import { base64url, concatBytes, fromBase64url, randomBytes, sha256, utf8 } from "../base/bytes.js";
import type { Keyring } from "../seal/keyring.js";
import { openSeal, seal } from "../seal/seal.js";
import { makeBody, readBody } from "../session/body.js";
import type { Session } from "../session/session.js";

/** A session on its way from the hub to one browser on one destination. */
export interface Ticket {
  /** Spent once, by this name. */
  readonly id: string;
  /** SHA-256 of what the destination keeps in a cookie of that browser, in base64url. */
  readonly challenge: string;
  readonly session: Session;
}

/** What is known of it beside its text, to seal and to open it alike. */
export interface TicketPlace {
  readonly keyring: Keyring;
  /** Of the destination. */
  readonly origin: string;
  readonly realm: string;
  readonly now: number;
}

/** Two redirects (OWASP ASVS 5.0, 10.4.3). */
export const TICKET_SECONDS = 60;
/** Two servers' clocks. */
const CLOCK_TOLERANCE_SECONDS = 5;
const VERSION = 1;
const ID_LENGTH = 16;
const CHALLENGE_LENGTH = 32;
const HEAD_LENGTH = 1 + ID_LENGTH + CHALLENGE_LENGTH;

/** The challenge of a secret. */
export async function challengeOf(secret: string): Promise<string> {
  return base64url(await sha256(utf8(secret)));
}

export function isChallenge(text: string): boolean {
  return fromBase64url(text)?.length === CHALLENGE_LENGTH;
}

/** Sealed and whole: no store is read to open it. `challenge` is one. */
export async function sealTicket(
  { challenge, session }: Omit<Ticket, "id">,
  { keyring, origin, realm, now }: TicketPlace,
): Promise<string> {
  const challenged = fromBase64url(challenge);
  if (challenged?.length !== CHALLENGE_LENGTH) throw new RangeError("A challenge has 32 bytes.");
  const head = concatBytes(Uint8Array.of(VERSION), randomBytes(ID_LENGTH), challenged);
  const body = concatBytes(head, await makeBody(session));
  const expiresAt = now + TICKET_SECONDS;
  return seal(body, { keyring, purpose: "ticket", context: [origin, realm], expiresAt, now: () => now });
}

/** `null`: for another destination, too old, from the future, or none at all. */
export async function openTicket(text: string, { keyring, origin, realm, now }: TicketPlace): Promise<Ticket | null> {
  // A little earlier: by a clock that is behind, it would still be good.
  const early = () => now - CLOCK_TOLERANCE_SECONDS;
  const opened = await openSeal(text, { keyring, purpose: "ticket", context: [origin, realm], now: early });
  if (!opened.ok || opened.issuedAt > now + CLOCK_TOLERANCE_SECONDS) return null;
  const { body } = opened;
  if (body[0] !== VERSION || body.length < HEAD_LENGTH) return null;
  const session = await readBody(body.subarray(HEAD_LENGTH));
  if (session === null) return null;
  return {
    id: base64url(body.subarray(1, 1 + ID_LENGTH)),
    challenge: base64url(body.subarray(1 + ID_LENGTH, HEAD_LENGTH)),
    session,
  };
}
