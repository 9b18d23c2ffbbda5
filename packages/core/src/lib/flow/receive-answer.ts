import type { Background } from "../base/ports.js";
import { spendOnce } from "../session/ledger-client.js";
import { ledgerName } from "../session/ledger-name.js";
import { askProvider, settled } from "./ask-provider.js";
import type { CallbackParameters } from "./callback-parameters.js";
import { failExchange } from "./fail-exchange.js";
import { finishSignIn } from "./finish-sign-in.js";
import { FLOW_SECONDS } from "./flow-cookies.js";
import type { Attempt, ExchangeInput, FlowParts } from "./flow-parts.js";
import { failLogin } from "./login-failure.js";
import { offerOrganizations } from "./offer-organizations.js";
import { openTransaction } from "./transaction.js";

/** A request that brings the provider's answer, whoever carried it here. */
export interface Bearer {
  readonly request: Request;
  readonly background: Background | undefined;
  readonly byScript: boolean;
}

/** The one way from a provider's answer to a session: its flow, its sender, its code, its tokens. */
export async function receiveAnswer(
  parts: FlowParts,
  parameters: CallbackParameters | null,
  bearer: Bearer,
): Promise<Response> {
  if (parameters === null) return failLogin(parts, { ...bearer, reason: "callback_malformed" });
  const opened = await openTransaction(parts, bearer.request, parameters.state);
  if (!opened.ok) {
    const { reason, cookies } = opened;
    return failLogin(parts, { ...bearer, reason, detail: parameters.error, cookies });
  }
  const { transaction, cookies } = opened;
  const { returnTo, signedInSince, client } = transaction;
  const attempt: Attempt = {
    ...bearer,
    returnTo,
    ...(signedInSince !== undefined && { signedInSince }),
    ...(client && { client }),
    cookies,
  };
  if (transaction.providerName !== parts.provider.name) return failLogin(parts, { ...attempt, reason: "iss_mismatch" });
  // An answer that says no must come from the right one, too.
  const isFromProvider = await settled(async () => (await parts.provider.acceptsIssuer?.(parameters.issuer)) ?? true);
  if (isFromProvider === null) return failLogin(parts, { ...attempt, reason: "provider_unreachable" });
  if (!isFromProvider) return failLogin(parts, { ...attempt, reason: "iss_mismatch" });
  if (parameters.code === undefined) return refusedAtProvider(parts, attempt, parameters);
  if (await wasSpent(parts, transaction.id)) {
    return failLogin(parts, { ...attempt, reason: "state_mismatch", detail: "flow_spent" });
  }
  const { codeVerifier, nonce } = transaction;
  const input = { code: parameters.code, codeVerifier, nonce };
  return client && parts.handOff ? parts.handOff.pass(parts, attempt, input) : exchange(parts, attempt, input);
}

/** RFC 6749 §4.1.2.1. The description is the provider's, or that of whoever made the link: for the event alone. */
function refusedAtProvider(parts: FlowParts, attempt: Attempt, answer: CallbackParameters): Promise<Response> {
  const { error, description } = answer;
  if (error === undefined) return failLogin(parts, { ...attempt, reason: "callback_malformed" });
  const reason = error === "access_denied" ? error : "provider_refused";
  return failLogin(parts, {
    ...attempt,
    reason,
    detail: description === undefined ? error : `${error}: ${description}`,
  });
}

/**
 * A flow ends in the browser, which a copy of its cookie does not know of: with one sign-in begun, somebody could have us
 * call the provider as often as they like. Where the ledger does not answer, signing in goes on without it.
 */
async function wasSpent({ ledger, realm, runtime }: FlowParts, id: string): Promise<boolean> {
  const name = await ledgerName(realm, `flow ${id}`);
  return (await spendOnce(ledger, name, runtime.now() + FLOW_SECONDS)) === false;
}

async function exchange(parts: FlowParts, attempt: Attempt, input: ExchangeInput): Promise<Response> {
  const answer = await askProvider(() => parts.provider.exchange(input));
  if (answer.ok) return finishSignIn(parts, { ...attempt, tokens: answer });
  if (answer.final && answer.reason === "organization_selection_required" && answer.pending) {
    return offerOrganizations(parts, { ...attempt, pending: answer.pending });
  }
  return failExchange(parts, attempt, answer);
}
