import { isAuthError } from "../base/errors.js";
import type { Background } from "../base/ports.js";
import type { ProviderRefusal } from "../provider/provider.js";
import { askProvider } from "./ask-provider.js";
import { failExchange } from "./fail-exchange.js";
import { finishSignIn } from "./finish-sign-in.js";
import type { Attempt, FlowParts } from "./flow-parts.js";
import { failLogin } from "./login-failure.js";
import { deletePending, keepPending, openPending } from "./pending.js";
import { isFormNavigation } from "./request-kind.js";

type PendingAnswer = NonNullable<Extract<ProviderRefusal, { readonly final: true }>["pending"]>;

interface Stopped extends Attempt {
  readonly pending: PendingAnswer;
}

/** The provider wants to know which organisation first: the sign-in waits, sealed, in this browser. */
export async function offerOrganizations(parts: FlowParts, stopped: Stopped): Promise<Response> {
  const { pending, ...attempt } = stopped;
  const reason = "organization_selection_required";
  const waits = parts.provider.selectOrganization ? await keep(parts, stopped) : null;
  if (waits === null) return failLogin(parts, { ...attempt, reason });
  const organizations = pending.organizations.map(({ id, name, role }) => ({
    id,
    ...(name !== undefined && { name }),
    ...(role !== undefined && { role }),
  }));
  return failLogin(parts, { ...attempt, reason, organizations, cookies: [...attempt.cookies, waits] });
}

/** `null` when the provider's token is longer than a cookie can be. */
async function keep(parts: FlowParts, { pending, returnTo }: Stopped): Promise<string | null> {
  try {
    return await keepPending(parts, { pendingToken: pending.token, returnTo, providerName: parts.provider.name });
  } catch (error) {
    if (isAuthError(error, "payload_too_large")) return null;
    throw error;
  }
}

/** The choice came back, by the form of that page or by a script: the sign-in goes on where it stopped. */
export async function finishPending(
  parts: FlowParts,
  request: Request,
  organizationId: string,
  background?: Background,
): Promise<Response> {
  const { provider } = parts;
  const pending = await openPending(parts, request);
  const bearer = { request, background, byScript: !isFormNavigation(request), cookies: deletePending(request) };
  if (typeof pending === "string") return failLogin(parts, { ...bearer, reason: pending });
  const { pendingToken, returnTo } = pending;
  const attempt: Attempt = { ...bearer, returnTo };
  const answer = await askProvider(async () =>
    provider.selectOrganization
      ? provider.selectOrganization({ pendingToken, organizationId })
      : { ok: false, final: true, reason: "organization_selection_required" },
  );
  if (answer.ok) return finishSignIn(parts, { ...attempt, tokens: answer });
  // An outage leaves the sign-in waiting: sending the form again goes on.
  return failExchange(parts, answer.final ? attempt : { ...attempt, cookies: [] }, answer);
}
