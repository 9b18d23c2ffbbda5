import { parseJsonObject } from "../base/json.js";
import type { ProviderRefusal } from "./provider.js";
import { readRetryAfter } from "./retry-after.js";

/** An answer of the token endpoint that gave no tokens. */
export interface RefusedCall {
  readonly status: number;
  readonly text: string;
  readonly retryAfter: string | null;
}

const SESSION_OVER = "invalid_grant";
const SESSION_OVER_STATUSES = [400, 401, 403];
/** "Later", not "no": request timeout, too early, too many requests. */
const LATER_STATUSES = [408, 425, 429];

/**
 * RFC 6749 §5.2. One word ends a session: `invalid_grant`. `invalid_client`, say, is a secret that somebody rotated, and
 * passes. A sign-in has no session to lose, so each code of a 4xx ends it.
 */
export function oidcRefusal(refused: RefusedCall, call: "sign-in" | "refresh", now: number): ProviderRefusal {
  const { status, text, retryAfter } = refused;
  const error = parseJsonObject(text)?.error;
  // Text of the provider's that goes into logs and answers: one word of a closed alphabet, or nothing.
  const code = typeof error === "string" && /^[a-z0-9_.-]{1,64}$/.test(error) ? error : undefined;
  if (status < 400 || status >= 500 || LATER_STATUSES.includes(status) || code === undefined) {
    const retryAfterSeconds = readRetryAfter(retryAfter, now);
    return { ok: false, final: false, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) };
  }
  const isFinal = call === "sign-in" || (code === SESSION_OVER && SESSION_OVER_STATUSES.includes(status));
  return isFinal ? { ok: false, final: true, reason: code } : { ok: false, final: false, code };
}
