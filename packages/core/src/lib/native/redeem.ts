import { jsonAnswer } from "../base/answers.js";
import { constantTimeEqual, utf8 } from "../base/bytes.js";
import { failureAnswer } from "../base/failure-answer.js";
import type { Background } from "../base/ports.js";
import { askProvider } from "../flow/ask-provider.js";
import { failExchange } from "../flow/fail-exchange.js";
import { takeIn } from "../flow/finish-sign-in.js";
import type { Attempt, FlowParts } from "../flow/flow-parts.js";
import { failLogin } from "../flow/login-failure.js";
import { readBody } from "../flow/read-body.js";
import { refuseAndTell } from "../flow/refuse-and-tell.js";
import { isJson } from "../flow/request-kind.js";
import { challengeOf, isCodeVerifier } from "../provider/pkce.js";
import { spendOnce } from "../session/ledger-client.js";
import { ledgerName } from "../session/ledger-name.js";
import type { Sessions } from "../session/sessions.js";
import { HAND_OFF_SECONDS, type HandedOff, openHandOff } from "./hand-off-code.js";
import { isRegistered } from "./redirect-uris.js";

export interface Redeemer {
  readonly redirectUris: readonly string[];
  /** Those whose text goes into the answer. */
  readonly sessions: Sessions;
}

/** `POST <prefix>/handoff`: the program shows the code and its own secret, and gets the session. */
export async function redeem(
  parts: FlowParts,
  { redirectUris, sessions }: Redeemer,
  request: Request,
  background: Background | undefined,
): Promise<Response> {
  // A session must never be in reach of a page's script, our own page's included: one hole in it would give it away.
  const isOfPage = request.headers.has("Origin") || request.headers.has("Sec-Fetch-Site");
  if (isOfPage) return refuseAndTell(parts, "csrf", request, background);
  const fields = isJson(request) ? await readBody(request) : null;
  const code = fields?.get("code");
  const codeVerifier = fields?.get("codeVerifier");
  const redirectUri = fields?.get("redirectUri");
  if (code === undefined || codeVerifier === undefined || redirectUri === undefined) {
    return refuseAndTell(parts, "invalid_request", request, background);
  }
  const handed = isRegistered(redirectUris, redirectUri)
    ? await accept(parts, { code, codeVerifier, redirectUri })
    : "redirect_uri";
  if (typeof handed === "string") {
    // The same for every reason: who probes learns nothing.
    parts.emit({ type: "handoff_rejected", reason: handed }, background, request);
    return failureAnswer("handoff_rejected");
  }
  return exchange({ ...parts, sessions }, handed, { request, background });
}

/** What lies in the code, which is spent by that; or why there is nothing for this program. */
async function accept(
  parts: FlowParts,
  shown: { readonly code: string; readonly codeVerifier: string; readonly redirectUri: string },
): Promise<HandedOff | string> {
  const handed = await openHandOff(parts, shown.redirectUri, shown.code);
  if (typeof handed === "string") return handed;
  if (handed.providerName !== parts.provider.name) return "provider";
  // Before it is spent: whoever saw the code on its way must not take it from the program that began.
  if (!isCodeVerifier(shown.codeVerifier)) return "code_verifier";
  const challenge = await challengeOf(shown.codeVerifier);
  if (!constantTimeEqual(utf8(challenge), utf8(handed.challenge))) return "code_verifier";
  const name = await ledgerName(parts.realm, `handoff ${handed.id}`);
  // Where the ledger does not answer, signing in goes on without it: the provider takes its own code once.
  const spent = await spendOnce(parts.ledger, name, parts.runtime.now() + HAND_OFF_SECONDS);
  return spent === false ? "spent" : handed;
}

/** Once, whatever comes of it: a code that may have reached the provider is not shown to it again. */
async function exchange(
  parts: FlowParts,
  { code, codeVerifier, nonce, signedInSince }: HandedOff,
  asked: Pick<Attempt, "request" | "background">,
): Promise<Response> {
  const attempt: Attempt = {
    ...asked,
    byScript: true,
    returnTo: "/",
    client: [],
    cookies: [],
    ...(signedInSince !== undefined && { signedInSince }),
  };
  const answer = await askProvider(() => parts.provider.exchange({ code, codeVerifier, nonce }));
  if (!answer.ok) {
    if (!answer.final || answer.reason !== "organization_selection_required" || !answer.pending) {
      return failExchange(parts, attempt, answer);
    }
    // The program begins again with one of them; what waits at the provider is not kept for it.
    const organizations = answer.pending.organizations.map(({ id, name, role }) => ({
      id,
      ...(name !== undefined && { name }),
      ...(role !== undefined && { role }),
    }));
    return failLogin(parts, { ...attempt, reason: answer.reason, organizations });
  }
  const taken = await takeIn(parts, { ...attempt, tokens: answer });
  if ("failed" in taken) return taken.failed;
  const [session] = taken.carried;
  return jsonAnswer(200, { session, endsAt: taken.session.endsAt, ...taken.shown });
}
