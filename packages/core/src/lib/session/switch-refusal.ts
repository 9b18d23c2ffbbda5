import type { ProviderRefusal } from "../provider/provider.js";
import type { SwitchRefusal } from "./renewal.js";

const REFUSALS: Readonly<Record<string, SwitchRefusal>> = {
  sso_required: "sso_required",
  mfa_enrollment: "mfa_required",
  mfa_challenge: "mfa_required",
  invalid_grant: "session_over",
};

/** What a provider says of whoever asks it, never of the person (RFC 6749 §5.2). */
const OUR_FAULTS: ReadonlySet<string> = new Set([
  "invalid_client",
  "invalid_request",
  "invalid_scope",
  "unauthorized_client",
  "unsupported_grant_type",
]);

/** Why there is no token for that organisation; `null` when the provider did not say no to the person. */
export function switchRefusal(answer: ProviderRefusal): SwitchRefusal | null {
  const code = answer.final ? answer.reason : answer.code;
  if (code === undefined || OUR_FAULTS.has(code)) return null;
  return REFUSALS[code] ?? "not_a_member";
}
