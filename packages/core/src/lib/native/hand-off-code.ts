import type { UnsealReason } from "../base/failure.js";
import type { FlowParts } from "../flow/flow-parts.js";
import { readTexts, writeTexts } from "../flow/sealed-texts.js";
import { seal, unseal } from "../seal/seal.js";

/** From the browser's redirect to the program's call. */
export const HAND_OFF_SECONDS = 60;

/** What a program redeems: a sign-in that the provider has confirmed, and nobody has asked it for tokens yet. */
export interface HandedOff {
  /** To be spent once. */
  readonly id: string;
  readonly providerName: string;
  /** The provider's. */
  readonly code: string;
  /** Ours, towards the provider. */
  readonly codeVerifier: string;
  readonly nonce: string;
  /** The program's own (RFC 7636): who has the code alone has nothing. */
  readonly challenge: string;
  /** The sign-in at the provider has to be as late as this, in epoch seconds. */
  readonly signedInSince?: number;
}

/** Of the body. A change of its fields is a new version. */
const VERSION = 1;
const FIELDS = 7;

/** Sealed for one address: at another one it does not open. Throws `AuthError` `payload_too_large`. */
export function sealHandOff(parts: FlowParts, redirectUri: string, handed: HandedOff): Promise<string> {
  const { id, providerName, code, codeVerifier, nonce, challenge, signedInSince } = handed;
  const since = signedInSince === undefined ? "" : String(signedInSince);
  const body = writeTexts(VERSION, [id, providerName, code, codeVerifier, nonce, challenge, since]);
  const now = parts.runtime.now();
  return seal(body, { ...binding(parts, redirectUri, now), expiresAt: now + HAND_OFF_SECONDS });
}

export async function openHandOff(
  parts: FlowParts,
  redirectUri: string,
  text: string,
): Promise<HandedOff | UnsealReason> {
  const opened = await unseal(text, binding(parts, redirectUri, parts.runtime.now()));
  if (!opened.ok) return opened.reason;
  const fields = readTexts(opened.body, VERSION, FIELDS);
  if (fields === null) return "malformed";
  const [id = "", providerName = "", code = "", codeVerifier = "", nonce = "", challenge = "", since = ""] = fields;
  const handed = { id, providerName, code, codeVerifier, nonce, challenge };
  return since === "" ? handed : { ...handed, signedInSince: Number(since) };
}

function binding({ keyring, realm }: FlowParts, redirectUri: string, now: number) {
  return { keyring, purpose: "handoff" as const, context: [redirectUri, realm], now: () => now };
}
