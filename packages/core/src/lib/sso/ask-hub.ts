import { jsonAnswer } from "../base/answers.js";
import type { Background } from "../base/ports.js";
import { chooseReturnTo } from "../flow/choose-return-to.js";
import type { FlowParts } from "../flow/flow-parts.js";
import { isPrefetch, notNow } from "../flow/login.js";
import { refuseAndTell } from "../flow/refuse-and-tell.js";
import { safeReturnTo } from "../flow/return-to.js";
import { redirect } from "../flow/route-answers.js";
import type { LoginOptions } from "../provider/provider.js";
import { startAsking } from "./asking-cookie.js";
import { rememberAsking, wasAsked } from "./asking-marks.js";
import { questionUrl } from "./question.js";
import { challengeOf } from "./ticket.js";
import { isTopLevel } from "./top-level.js";

/** What a destination is made of, beside the auth it belongs to. */
export interface Destination {
  /** Origin of the hub. */
  readonly hub: string;
  /** What its cookies are sealed for. */
  realmOf(realm: string, request: Request): string;
  readonly askAgainSeconds: number;
}

/** Sends the browser to the hub, which signs in whoever is not signed in there. */
export async function signInAtHub(
  destination: Destination,
  parts: FlowParts,
  request: Request,
  { returnTo, ...login }: LoginOptions & { readonly returnTo: string },
): Promise<Response> {
  return goToHub(destination, parts, request, { returnTo, silent: false, login });
}

/** Sends the browser to the hub and at once back again, signed in or not. It is remembered that it was sent. */
export async function askHub(
  destination: Destination,
  parts: FlowParts,
  request: Request,
  returnTo: string,
): Promise<Response> {
  return goToHub(destination, parts, request, { returnTo, silent: true, login: {} });
}

async function goToHub(
  { hub, realmOf, askAgainSeconds }: Destination,
  parts: FlowParts,
  request: Request,
  asked: { readonly returnTo: string; readonly silent: boolean; readonly login: Omit<LoginOptions, "returnTo"> },
): Promise<Response> {
  const { returnTo, silent, login } = asked;
  const { state, secret, cookies } = await startAsking(parts, request, realmOf(parts.realm, request), asked);
  const location = questionUrl(hub, parts, {
    to: new URL(request.url).origin,
    state,
    challenge: await challengeOf(secret),
    silent,
    ...(silent && { path: returnTo }),
    login,
  });
  return redirect(302, location, silent ? [...cookies, rememberAsking(askAgainSeconds)] : cookies);
}

/** `GET <prefix>/sso/start?returnTo=`: asks once whether the hub knows this visitor, and comes back in any case. */
export async function start(
  destination: Destination,
  parts: FlowParts,
  request: Request,
  background: Background | undefined,
): Promise<Response> {
  if (isPrefetch(request)) return notNow();
  if (!isTopLevel(request)) return refuseAndTell(parts, "invalid_request", request, background);
  const asked = new URL(request.url).searchParams.get("returnTo");
  const returnTo = chooseReturnTo(parts, request, asked, "/", background);
  return wasAsked(request, returnTo) ? redirect(303, returnTo) : askHub(destination, parts, request, returnTo);
}

/**
 * `GET <prefix>/sso/check?returnTo=`, for the script of a page that came from a cache: where to send the tab, or `null` when
 * somebody is signed in here or the hub was asked a moment ago.
 */
export async function check(parts: FlowParts, request: Request, background: Background | undefined): Promise<Response> {
  const visitor = await parts.sessions.validate(request, background);
  const asked = new URL(request.url).searchParams.get("returnTo");
  const returnTo = chooseReturnTo(parts, request, asked, "/", background);
  const mayAsk = visitor.state === "anonymous" && !wasAsked(request, returnTo);
  const go = mayAsk ? `${parts.routePrefix}/sso/start?${new URLSearchParams({ returnTo })}` : null;
  return visitor.apply(jsonAnswer(200, { state: visitor.state, go }));
}

/** The page itself, as a path to come back to; `null`: it cannot be one. */
export function ownPath(request: Request): string | null {
  const { pathname, search } = new URL(request.url);
  return safeReturnTo(pathname + search, request.url);
}
