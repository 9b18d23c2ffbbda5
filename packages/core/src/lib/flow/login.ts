import { PRIVATE } from "../base/answers.js";
import { base64url, randomBytes } from "../base/bytes.js";
import type { Background } from "../base/ports.js";
import { createPkce } from "../provider/pkce.js";
import type { LoginOptions } from "../provider/provider.js";
import { type Outcome, outcomeOf } from "./ask-provider.js";
import { chooseReturnTo } from "./choose-return-to.js";
import type { FlowParts } from "./flow-parts.js";
import { failLogin } from "./login-failure.js";
import { isOrganizationId } from "./organization-id.js";
import { refuseAndTell } from "./refuse-and-tell.js";
import { forgetRounds, sessionNeverArrives } from "./rounds.js";
import { redirect } from "./route-answers.js";
import { startTransaction } from "./transaction.js";

/** An e-mail address is 254 characters at most (RFC 5321 §4.5.3.1.3). */
const MAX_HINT_LENGTH = 254;

/** Sends the browser to the provider. Needs no network of ours, so it works whatever else is down. */
export async function login(
  parts: FlowParts,
  request: Request,
  options: LoginOptions = {},
  background?: Background,
): Promise<Response> {
  if (isPrefetch(request)) return notNow();
  const { organizationId } = options;
  if (organizationId !== undefined && !isOrganizationId(organizationId)) {
    return refuseAndTell(parts, "invalid_organization", request, background);
  }
  const returnTo = chooseReturnTo(parts, request, options.returnTo, "/", background);
  if (sessionNeverArrives(request, parts.cookie.name)) {
    const cookies = forgetRounds(request);
    return failLogin(parts, { reason: "cookies_blocked", request, background, returnTo, cookies });
  }
  const elsewhere = parts.signOn?.login(request, { ...options, returnTo });
  if (elsewhere) return elsewhere;
  const { location, cookies } = await depart(parts, request, { ...options, returnTo });
  if (!location.ok) {
    const { words: detail } = location;
    return failLogin(parts, { reason: "provider_unreachable", detail, request, background, returnTo });
  }
  return redirect(302, location.answer, cookies);
}

export interface Departure extends LoginOptions {
  readonly returnTo: string;
  /** What the program that begins it says of itself. */
  readonly client?: readonly string[];
}

/** Where the browser goes to sign in, and the Set-Cookie lines of what waits for it here. */
export async function depart(
  parts: FlowParts,
  request: Request,
  { organizationId, screen, loginHint, returnTo, client, ...options }: Departure,
): Promise<{ readonly location: Outcome<string>; readonly cookies: readonly string[] }> {
  const maxAgeSeconds = isMaxAge(options.maxAgeSeconds) ? options.maxAgeSeconds : undefined;
  const { codeVerifier, codeChallenge } = await createPkce();
  const nonce = base64url(randomBytes(16));
  const providerName = parts.provider.name;
  const { state, cookies } = await startTransaction(parts, request, {
    codeVerifier,
    nonce,
    returnTo,
    providerName,
    ...(client && { client }),
    ...(maxAgeSeconds !== undefined && { maxAgeSeconds }),
  });
  const location = await outcomeOf(() =>
    parts.provider.authorizationUrl({
      state: parts.relay?.address(state, request, parts.realm) ?? state,
      codeChallenge,
      nonce,
      ...(screen !== undefined && { screen }),
      ...(organizationId !== undefined && { organizationId }),
      ...(loginHint !== undefined && loginHint.length <= MAX_HINT_LENGTH && { loginHint }),
      ...(maxAgeSeconds !== undefined && { maxAgeSeconds }),
    }),
  );
  return { location, cookies };
}

/** The query of `GET /auth/login`. What is not known is ignored; of two values of one name the first one counts. */
export function loginOptionsOf(request: Request): LoginOptions {
  const query = new URL(request.url).searchParams;
  const screen = query.get("screen");
  const returnTo = query.get("returnTo");
  const organizationId = query.get("organizationId");
  const loginHint = query.get("loginHint");
  const maxAge = query.get("maxAgeSeconds") ?? "";
  return {
    ...(returnTo !== null && { returnTo }),
    ...((screen === "sign-in" || screen === "sign-up") && { screen }),
    ...(organizationId !== null && { organizationId }),
    ...(loginHint !== null && { loginHint }),
    ...(/^\d{1,15}$/.test(maxAge) && { maxAgeSeconds: Number(maxAge) }),
  };
}

function isMaxAge(seconds: number | undefined): seconds is number {
  return seconds !== undefined && Number.isSafeInteger(seconds) && seconds >= 0;
}

/** Chromium and Firefox say `Sec-Purpose`, also with `;prerender`; older ones and Safari `Purpose` or `X-Moz`. */
export function isPrefetch(request: Request): boolean {
  const purpose = request.headers.get("Sec-Purpose") ?? request.headers.get("Purpose") ?? request.headers.get("X-Moz");
  return purpose?.toLowerCase().includes("prefetch") ?? false;
}

/**
 * A guess of the browser's makes no flow: each would push a real one out. 503 because browsers throw such an answer
 * away and ask again when the person follows the link; a 204 they may keep, and the link would then do nothing.
 */
export function notNow(): Response {
  return new Response(null, { status: 503, headers: { "Cache-Control": PRIVATE, Vary: "Sec-Purpose, Cookie" } });
}
