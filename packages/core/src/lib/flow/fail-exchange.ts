import type { ProviderRefusal } from "../provider/provider.js";
import type { Attempt, FlowParts } from "./flow-parts.js";
import { failLogin } from "./login-failure.js";

/** A sign-in has no session to lose, so its fate is told as it is: refused, unreadable, or nobody there. */
export function failExchange(parts: FlowParts, attempt: Attempt, refusal: ProviderRefusal): Promise<Response> {
  if (refusal.final) {
    const selection = "organization_selection_required";
    const reason = refusal.reason === selection ? selection : "provider_refused";
    return failLogin(parts, { ...attempt, reason, detail: refusal.reason });
  }
  const reason = refusal.reason === "provider_malformed" ? "bad_token_response" : "provider_unreachable";
  return failLogin(parts, { ...attempt, reason, retryAfterSeconds: refusal.retryAfterSeconds });
}
