import { jsonAnswer } from "../base/answers.js";
import { base64url, randomBytes } from "../base/bytes.js";
import { isAuthError } from "../base/errors.js";
import { wireFailure } from "../base/failure.js";
import { failureAnswer } from "../base/failure-answer.js";
import type { FailedLogin } from "../flow/failed-login.js";
import type { Attempt, ExchangeInput, FlowParts } from "../flow/flow-parts.js";
import { failLogin } from "../flow/login-failure.js";
import { redirect, withCookies } from "../flow/route-answers.js";
import { sealHandOff } from "./hand-off-code.js";
import { backTo } from "./redirect-uris.js";

/** The provider has let the person in: the program gets a code for that, and this browser nothing. */
export async function passOn(parts: FlowParts, attempt: Attempt, input: ExchangeInput): Promise<Response> {
  const { client = [], signedInSince, byScript, cookies } = attempt;
  const [redirectUri = "", challenge = "", state = ""] = client;
  const { code, codeVerifier, nonce = "" } = input;
  const handed = {
    id: base64url(randomBytes(16)),
    providerName: parts.provider.name,
    code,
    codeVerifier,
    nonce,
    challenge,
  };
  try {
    const sealed = await sealHandOff(parts, redirectUri, {
      ...handed,
      ...(signedInSince !== undefined && { signedInSince }),
    });
    const location = backTo(redirectUri, { code: sealed }, state);
    // A page of the app that is the provider's redirect URI goes there itself.
    if (byScript) return withCookies(jsonAnswer(200, { state: "anonymous", returnTo: location }), cookies);
    return redirect(303, location, cookies);
  } catch (error) {
    if (!isAuthError(error, "payload_too_large")) throw error;
    return failLogin(parts, { ...attempt, reason: "callback_malformed", detail: "code_too_long" });
  }
}

/** Also what a program is told that redeems a code; it has named no address then, and nobody goes anywhere. */
export function tellClient({ client = [], reason, byScript, organizations }: FailedLogin): Response {
  const [redirectUri, , state = ""] = client;
  if (redirectUri === undefined) return failureAnswer(reason, organizations ? { organizations } : {});
  const { error } = wireFailure(reason);
  const location = backTo(redirectUri, { error }, state);
  return byScript ? failureAnswer(reason, { returnTo: location }) : redirect(303, location);
}
