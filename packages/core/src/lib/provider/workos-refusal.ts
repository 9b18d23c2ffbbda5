import { isRecord } from "../base/json.js";
import type { Organization, ProviderRefusal } from "./provider.js";
import { clampRetryAfter, readRetryAfter } from "./retry-after.js";

/** The words with which WorkOS ends a session for good; nothing else does. */
const SESSION_OVER = ["invalid_grant", "sso_required", "mfa_enrollment"];
const SESSION_OVER_STATUSES = [400, 401, 403];
/** "Later", not "no": request timeout, too early, too many requests. */
const LATER_STATUSES = [408, 425, 429];

/**
 * What a failed call means, from the fields that the light client and the exceptions of `@workos-inc/node` share
 * (`status`, `rawStatus`, `rawData`, `code`, `error`, `retryAfter`), never from a message. A refresh is over by the closed
 * list only; a sign-in has nothing to lose, so every code of a 4xx ends it. A 4xx that cannot be read is somebody's fault,
 * but not the visitor's.
 */
export function refusalOf(thrown: unknown, call: "sign-in" | "refresh", now: number): ProviderRefusal {
  const failure: Readonly<Record<string, unknown>> = thrown instanceof Error ? { ...thrown, name: thrown.name } : {};
  const unreadable = failure.rawStatus;
  if (typeof unreadable === "number") return unreadableRefusal(unreadable, failure.retryAfter, now);
  // The SDK reads fields of an answer of status 200 without looking whether they are there.
  if (failure.name === "TypeError") return { ok: false, final: false, reason: "provider_malformed" };

  const rawData = isRecord(failure.rawData) ? failure.rawData : {};
  const status = typeof failure.status === "number" ? failure.status : 0;
  const codes = [rawData.error, rawData.code, failure.error, failure.code].filter(isCode);
  const code = codes.find((one) => SESSION_OVER.includes(one)) ?? codes[0];
  const isRefused = status >= 400 && status < 500 && !LATER_STATUSES.includes(status) && code !== undefined;
  if (!isRefused) return laterRefusal(failure.retryAfter, now);
  const isFinal = call === "sign-in" || (SESSION_OVER.includes(code) && SESSION_OVER_STATUSES.includes(status));
  if (!isFinal) return { ok: false, final: false, code };
  const pending = code === "organization_selection_required" ? pendingOf(rawData) : undefined;
  return { ok: false, final: true, reason: code, ...(pending && { pending }) };
}

function unreadableRefusal(status: number, retryAfter: unknown, now: number): ProviderRefusal {
  return status < 300 ? { ok: false, final: false, reason: "provider_malformed" } : laterRefusal(retryAfter, now);
}

/** The light client gives the header, the SDK a number (`NaN` for a date). */
function laterRefusal(retryAfter: unknown, now: number): ProviderRefusal {
  const retryAfterSeconds =
    typeof retryAfter === "string"
      ? readRetryAfter(retryAfter, now)
      : typeof retryAfter === "number"
        ? clampRetryAfter(retryAfter)
        : undefined;
  return { ok: false, final: false, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) };
}

/** Text of the provider's that goes into logs and answers: one word of a closed alphabet, or nothing. */
function isCode(value: unknown): value is string {
  return typeof value === "string" && /^[a-z0-9_.-]{1,64}$/.test(value);
}

function pendingOf(rawData: Readonly<Record<string, unknown>>) {
  const { pending_authentication_token: token, organizations } = rawData;
  if (typeof token !== "string" || token === "" || token.length > 4096 || !Array.isArray(organizations))
    return undefined;
  return { token, organizations: organizations.flatMap(organizationOf) };
}

function organizationOf(value: unknown): readonly Organization[] {
  if (!isRecord(value) || typeof value.id !== "string" || value.id === "") return [];
  const { id, name } = value;
  return [{ id, ...(typeof name === "string" && name !== "" && { name }) }];
}
