import type { Circuit } from "./circuit.js";
import type { Provider, ProviderAnswer } from "./provider.js";

/** The provider behind a circuit: while it is open, token calls are answered `final: false` without being made. */
export function guardProvider(provider: Provider, circuit: Circuit): Provider {
  async function guarded(call: () => Promise<ProviderAnswer>): Promise<ProviderAnswer> {
    const retryAfterSeconds = circuit.refusesFor();
    if (retryAfterSeconds !== null) return { ok: false, final: false, retryAfterSeconds };
    const answer = await call();
    // A refusal is an answer too, and so is one with a code that ends nothing.
    if (answer.ok || answer.final || answer.code !== undefined) circuit.answered();
    else circuit.failed(answer.retryAfterSeconds);
    return answer;
  }

  const { name, jwksUrl, verify, logoutTokens, acceptsIssuer, selectOrganization, revoke, organizations } = provider;
  // Each method is named and called on its provider: a spread would lose those of a class.
  return {
    name,
    jwksUrl,
    verify,
    ...(logoutTokens && { logoutTokens }),
    authorizationUrl: (input) => provider.authorizationUrl(input),
    exchange: (input) => guarded(() => provider.exchange(input)),
    refresh: (input) => guarded(() => provider.refresh(input)),
    logoutUrl: (input) => provider.logoutUrl(input),
    ...(acceptsIssuer && { acceptsIssuer: (issuer) => acceptsIssuer.call(provider, issuer) }),
    ...(selectOrganization && {
      selectOrganization: (input) => guarded(() => selectOrganization.call(provider, input)),
    }),
    ...(revoke && { revoke: (input) => revoke.call(provider, input) }),
    ...(organizations && { organizations: (input) => organizations.call(provider, input) }),
  };
}
