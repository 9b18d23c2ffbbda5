import type { ProviderRefusal } from "../provider/provider.js";
import type { Attempt, FlowParts } from "./flow-parts.js";
import { failLogin } from "./login-failure.js";

/** A sign-in has no session to lose, so its fate is told as it is: refused, unreadable, or nobody there. */
export function failExchange(parts: FlowParts, attempt: Attempt, refusal: ProviderRefusal): Promise<Response> {
  if (refusal.final) {
    const { reason: code } = refusal;
    const isOurs = code === "organization_selection_required" || code === "id_token_invalid";
    const reason = isOurs ? code : "provider_refused";
    return failLogin(parts, { ...attempt, reason, detail: code });
  }
  const reason = refusal.reason === "provider_malformed" ? "bad_token_response" : "provider_unreachable";
  return failLogin(parts, { ...attempt, reason, retryAfterSeconds: refusal.retryAfterSeconds });
}
