const MIN_SECONDS = 1;
const MAX_SECONDS = 120;

/**
 * Seconds to stay away after a `Retry-After` header (RFC 9110 §10.2.3: a number or a date), from 1 to 120: a provider may
 * ask for a pause, not for a day without sign-ins. `undefined` when there is none or it says nothing.
 */
export function readRetryAfter(header: string | null, now: number): number | undefined {
  const text = header?.trim() ?? "";
  if (/^\d+$/.test(text)) return clampRetryAfter(Number(text));
  // `Date.parse` alone takes "-5" for a year; an HTTP date begins with the day of the week.
  return /^[A-Z][a-z]{2},/.test(text) ? clampRetryAfter(Date.parse(text) / 1000 - now) : undefined;
}

export function clampRetryAfter(seconds: number): number | undefined {
  if (Number.isNaN(seconds)) return undefined;
  return Math.min(Math.max(Math.ceil(seconds), MIN_SECONDS), MAX_SECONDS);
}
