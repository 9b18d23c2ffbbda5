const MIN_SECONDS = 1;
const MAX_SECONDS = 120;

/**
 * Seconds to stay away after a `Retry-After` header (RFC 9110 §10.2.3: a number or a date), from 1 to 120: a provider may
 * ask for a pause, not for a day without sign-ins. `undefined` when there is none or it says nothing.
 */
export function readRetryAfter(header: string | null, now: number): number | undefined {
  const text = header?.trim() ?? "";
  const seconds = /^\d+$/.test(text) ? Number(text) : Math.ceil(Date.parse(text) / 1000 - now);
  return clampRetryAfter(seconds);
}

export function clampRetryAfter(seconds: number): number | undefined {
  if (Number.isNaN(seconds)) return undefined;
  return Math.min(Math.max(Math.ceil(seconds), MIN_SECONDS), MAX_SECONDS);
}
