import { createAudit } from "../audit/audit.js";
import { refuseConfig } from "../base/errors.js";
import { wireFailure } from "../base/failure.js";
import { failureAnswer } from "../base/failure-answer.js";
import type { Background } from "../base/ports.js";
import { resolveRuntime } from "../base/runtime.js";
import { type CallbackParameters, readCallback } from "../flow/callback-parameters.js";
import { escapeHtml, htmlAnswer, LATE_LINK } from "../flow/html.js";
import { type AddressedState, readAddressedState } from "../flow/relay-state.js";
import { showsAnswer } from "../flow/request-kind.js";
import { methodNotAllowed, redirect } from "../flow/route-answers.js";
import { canonicalPath } from "../policy/path.js";
import { type LoginRelayOptions, loginRelayProblems } from "./relay-options.js";
import { createRelayRules, type RelayVerdict } from "./relay-rules.js";

/** The one address that the provider knows, for previews that it does not. */
export interface LoginRelay {
  /** Passes an answer of the provider on to the preview that its `state` names. `null`: the path is not the relay's. */
  forward(request: Request, background?: Background): Promise<Response | null>;
}

/**
 * Stands at a stable host. It holds no key, no session and no secret of the provider, reads no cookie and sets none; a code
 * goes on to its preview when the person who brings it says so. Throws `config_invalid` with every problem of the options.
 */
export function createLoginRelay(options: LoginRelayOptions): LoginRelay {
  refuseConfig(loginRelayProblems(options));
  const { path = "/auth/relay", callbackPath = "/auth/callback", audit, auditClient, insecureWithoutAsking } = options;
  const runtime = resolveRuntime(options);
  const { emit } = createAudit({ sinks: audit, ...(auditClient && { client: auditClient }), runtime });
  const judge = createRelayRules({ ...options, now: runtime.now });

  return {
    async forward(request, background) {
      if (canonicalPath(request.url) !== path) return null;
      if (request.method !== "GET") {
        emit({ type: "method_not_allowed" }, background, request);
        return methodNotAllowed("GET");
      }
      const refused = (reason: string, detail?: string): Response | Promise<Response> => {
        emit({ type: "preview_rejected", reason, ...(detail !== undefined && { detail }) }, background, request);
        return refusal(request);
      };
      const answer = readCallback(new URL(request.url).searchParams);
      if (answer === null || (answer.code ?? answer.error) === undefined) return refused("answer_malformed");
      const target = readAddressedState(answer.state);
      if (target === null) return refused("state_malformed");
      const verdict: RelayVerdict = await judge(target.origin, target.realm);
      if (verdict !== "allowed") return refused(verdict, target.origin);
      const address = addressOf(target, callbackPath, answer);
      // Without a code there is nothing to lose.
      return answer.code === undefined || insecureWithoutAsking ? redirect(303, address) : askPerson(target, address);
    },
  };
}

/** Only what a callback reads, and nothing else that somebody may have written behind it. */
function addressOf({ origin, state }: AddressedState, callbackPath: string, answer: CallbackParameters): string {
  const { code, error, description, issuer } = answer;
  const query = new URLSearchParams({
    ...(code !== undefined && { code }),
    state,
    ...(issuer !== undefined && { iss: issuer }),
    ...(error !== undefined && { error }),
    ...(description !== undefined && { error_description: description }),
  });
  // A fragment of its own, if an empty one: else a browser takes that of the request along (Fetch §4.4), and what
  // `response_mode=fragment` left there would be the preview's.
  return `${origin}${callbackPath}?${query}#`;
}

/**
 * A link can begin a sign-in for a preview without the person: to the provider, with `state` and challenge made by whoever
 * deployed that preview. This page is where the person learns of it, and the code waits for a click.
 */
function askPerson({ origin }: AddressedState, address: string): Promise<Response> {
  const host = escapeHtml(origin.slice("https://".length));
  const body = `<p><code>${host}</code> is a preview: it may run code that nobody has reviewed, and it will learn who you are. Go on only if you have just begun to sign in there.</p><a href="${escapeHtml(address)}">Continue to the preview</a>`;
  return htmlAnswer({ status: 200, title: "Sign in to a preview?", body, style: LATE_LINK });
}

function refusal(request: Request): Response | Promise<Response> {
  if (!showsAnswer(request)) return failureAnswer("preview_rejected");
  const { status, error } = wireFailure("preview_rejected");
  const body = `<p>This answer of the sign-in provider is for no preview that is known here. Please begin again at the preview.</p><p><code>${error}</code></p>`;
  return htmlAnswer({ status, title: "Signing in did not work", body });
}
