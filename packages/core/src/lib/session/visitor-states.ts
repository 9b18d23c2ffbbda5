import { addVary, isNavigation, jsonAnswer, PRIVATE, personalCopy } from "../base/answers.js";
import { type AnonymousReason, UNAUTHENTICATED, UNAVAILABLE, type UnavailableReason } from "../base/failure.js";
import type { Background, Emit } from "../base/ports.js";
import type { Missing } from "../identity/requirement.js";
import type { AccessTokenClaims } from "../token/claims.js";
import type { Anonymous, Answer, Authenticated, Unavailable } from "./request-auth.js";
import type { Session } from "./session.js";

/** What an answer needs to know of the request it is for. */
export interface AnswerContext {
  readonly request: Request;
  /** Relative: where to sign in. */
  readonly loginPath: string;
  /** Set-Cookie lines to send along. */
  readonly cookies: readonly string[];
  /** A session cookie came with the request, so whatever is said depends on it. */
  readonly sessionRead: boolean;
  /** Where a refusal is told. Absent: nobody is refused here. */
  readonly emit?: Emit;
  readonly background?: Background | undefined;
  /** Headers that caches must tell apart, as `Cookie, Authorization`. Default `Cookie`. */
  readonly varyBy?: string | undefined;
  /** Where a header is the credential. Handed in whole, so that a Worker with cookies alone does not carry the code of it. */
  readonly byHeader?: HeaderRefusals | undefined;
}

/** Nobody is sent to sign in: that gives a cookie, which does not count where a header is asked for. */
export interface HeaderRefusals {
  refuse(): Response;
  forbid(missing: Missing): Response;
  /** Puts a session's new text on the answer. Absent: there is never one. */
  deliver?(headers: Headers, text: string): void;
}

export interface Visitor {
  readonly session: Session;
  /** Verified and frozen. */
  readonly claims: AccessTokenClaims;
  readonly refreshed: boolean;
  readonly degraded: boolean;
}

const NO_NAMES: readonly string[] = Object.freeze([]);

export function authenticated(context: AnswerContext, visitor: Visitor): Authenticated {
  const { session, claims, refreshed, degraded } = visitor;
  const shown: PersonShown = Object.assign(publicVisitor(visitor), { claims, refreshed, degraded });
  if (context.byHeader !== undefined) shown.credential = "header";
  return sealedOff(context, shown, {
    deny: { value: (missing: Missing) => forbid(context, session, missing) },
    accessToken: { value: session.accessToken },
    toJSON: { value: () => Object.freeze(publicVisitor(visitor)) },
  });
}

export function anonymous(context: AnswerContext, reason: AnonymousReason): Anonymous {
  return sealedOff(
    context,
    { state: "anonymous" as const, reason },
    { deny: { value: () => turnAway(context, reason) } },
  );
}

export function unavailable(context: AnswerContext, reason: UnavailableReason, retryAfterSeconds: number): Unavailable {
  const seconds = Math.max(1, Math.ceil(retryAfterSeconds));
  const { status, error } = UNAVAILABLE;
  const deny = (): Response => withCookies(jsonAnswer(status, { error }, { "Retry-After": String(seconds) }), context);
  return sealedOff(
    context,
    { state: "unavailable" as const, reason, retryAfterSeconds: seconds },
    { deny: { value: deny } },
  );
}

type PersonShown = ReturnType<typeof publicVisitor> &
  Pick<Visitor, "claims" | "refreshed" | "degraded"> & { credential?: "header" };
type Mutable<Shape> = { -readonly [Name in keyof Shape]: Shape[Name] };

/** What JSON shows of a visitor. Assigned name by name: spreads made the answer to a known cookie a third slower. */
function publicVisitor({ session, claims }: Visitor): ReturnType<Authenticated["toJSON"]> {
  const { user, sessionId, organizationId, impersonator, expiresAt } = session;
  const {
    role,
    roles,
    permissions = NO_NAMES,
    entitlements = NO_NAMES,
    feature_flags: featureFlags = NO_NAMES,
  } = claims;
  const shown: Mutable<ReturnType<Authenticated["toJSON"]>> = {
    state: "authenticated",
    user,
    sessionId,
    roles: roles ?? (role === undefined ? NO_NAMES : Object.freeze([role])),
    permissions,
    entitlements,
    featureFlags,
    expiresAt,
  };
  if (organizationId !== undefined) shown.organizationId = organizationId;
  if (role !== undefined) shown.role = role;
  if (impersonator !== undefined) shown.impersonator = impersonator;
  return shown;
}

/** Kinds of what may be missing; its value can be anything a route takes from a URL, so no event names it. */
const MISSING_KINDS = ["permission", "role", "organization", "recentAuth", "person"] as const;

function forbid(context: AnswerContext, session: Session, missing: Missing): Response {
  const { request, loginPath, byHeader } = context;
  const { user, organizationId } = session;
  tellForbidden(context, missing, { userId: user.id, organizationId });
  if (byHeader) return withCookies(byHeader.forbid(missing), context);
  const query = "recentAuth" in missing ? stepUpQuery(session, missing.recentAuth.withinSeconds) : null;
  if (query && isNavigation(request)) return withCookies(goAndComeBack(request, loginPath, query), context);
  const more = query ? { loginUrl: `${loginPath}?${query}` } : {};
  return withCookies(jsonAnswer(403, { error: "forbidden", missing, ...more }), context);
}

export function tellForbidden(
  { emit, background, request }: AnswerContext,
  missing: Missing,
  { organizationId, ...who }: { userId?: string; detail?: string; organizationId: string | undefined },
): void {
  const reason = MISSING_KINDS.find((kind) => kind in missing) ?? "other";
  emit?.(
    { type: "forbidden", reason, ...who, ...(organizationId !== undefined && { organizationId }) },
    background,
    request,
  );
}

/** Of a sign-in made anew, in the same organisation: roles and permissions are those of one. */
function stepUpQuery({ organizationId }: Session, withinSeconds: number): URLSearchParams {
  const query = new URLSearchParams({ maxAgeSeconds: String(Math.floor(withinSeconds)) });
  if (organizationId !== undefined) query.set("organizationId", organizationId);
  return query;
}

/** What was presented and refused was told when it was found; that something is missing is no refusal before this. */
function turnAway(context: AnswerContext, reason: AnonymousReason): Response {
  const { emit, background, request } = context;
  if (reason === "no_credential" || reason === "refresh_needed") emit?.({ type: reason }, background, request);
  return withCookies(refuse(context), context);
}

type Hidden<Shape> = { readonly [Name in keyof Shape]: TypedPropertyDescriptor<Shape[Name]> };

/**
 * Spread, JSON and logs carry no machinery of ours: its headers hold a sealed cookie. Hidden from the start, because V8
 * gives an object whose properties change their nature a slow form.
 */
export function sealedOff<Shown extends object, Kept extends object>(
  context: AnswerContext,
  shown: Shown,
  hidden: Hidden<Kept>,
): Shown & Kept & Answer {
  Object.defineProperty(shown, lazily, { value: { context } satisfies Lazy });
  Object.defineProperty(shown, "headers", HEADERS);
  Object.defineProperty(shown, "apply", { value: (response: Response) => applyTo(response, context) });
  for (const name in hidden) Object.defineProperty(shown, name, hidden[name]);
  return Object.freeze(shown) as Shown & Kept & Answer; // these lines have just defined what it names
}

const lazily: unique symbol = Symbol("edgeseal.lazily");

interface Lazy {
  readonly context: AnswerContext;
  headers?: Headers;
}

/** What an answer to the same request has to bring in its place: the session's new text would be lost with it. */
export function cookiesOf(answer: Answer): readonly string[] {
  // As: every answer of this file has it, and its type tells nobody.
  return (answer as Answer & { readonly [lazily]?: Lazy })[lazily]?.context.cookies ?? [];
}

/**
 * Headers are made for whoever asks for them: most use `apply`, which needs none of its own. One getter for all answers:
 * with a getter each, every answer would be of a form of its own to V8, which costs a fifth of answering a known cookie.
 */
const HEADERS: PropertyDescriptor = {
  get(this: { readonly [lazily]: Lazy }) {
    const lazy = this[lazily];
    lazy.headers ??= answerHeaders(lazy.context);
    return lazy.headers;
  },
};

/** The same bytes for every reason: who probes learns nothing. */
function refuse({ request, loginPath, byHeader }: AnswerContext): Response {
  if (byHeader) return byHeader.refuse();
  if (!isNavigation(request)) {
    const { status, error } = UNAUTHENTICATED;
    return jsonAnswer(status, { error, loginUrl: loginPath });
  }
  return goAndComeBack(request, loginPath, new URLSearchParams());
}

function goAndComeBack(request: Request, loginPath: string, query: URLSearchParams): Response {
  const { pathname, search } = new URL(request.url);
  query.set("returnTo", pathname + search);
  const Location = `${loginPath}?${query}`;
  return new Response(null, { status: 302, headers: { Location, "Cache-Control": PRIVATE, Vary: "Cookie" } });
}

function answerHeaders(context: AnswerContext): Headers {
  const headers = new Headers({ Vary: context.varyBy ?? "Cookie" });
  if (isPersonal(context)) headers.set("Cache-Control", PRIVATE);
  addLines(headers, context);
  return headers;
}

/** A handler's Cache-Control is replaced and not merged: a shared cache must never keep what one visitor got. */
function applyTo(response: Response, context: AnswerContext): Response {
  // An upgrade has no body to cache; without a cookie to set there is nothing to add, and the socket stays untouched.
  if (response.status === 101 && context.cookies.length === 0) return response;
  // A network error or an opaque response: nobody can copy it, and no server can send it.
  if (response.status === 0) return response;
  const copy = personalCopy(response);
  if (isPersonal(context)) copy.headers.set("Cache-Control", PRIVATE);
  for (const name of context.varyBy?.split(", ") ?? COOKIE_ALONE) addVary(copy.headers, name);
  return withCookies(copy, context);
}

function isPersonal(context: AnswerContext): boolean {
  return context.sessionRead || context.cookies.length > 0;
}

const COOKIE_ALONE = ["Cookie"];

/**
 * Not beside what a handler already says of the session: its answer is ours finished once (`deny`, `apply`), or a newer
 * one after a log-out or a switch, which the cookie of this request's beginning must not undo.
 */
function withCookies(response: Response, context: AnswerContext): Response {
  const told = response.headers.getSetCookie().map(cookieNameOf);
  if (context.cookies.some((line) => told.includes(cookieNameOf(line)))) return response;
  addLines(response.headers, context);
  return response;
}

function addLines(headers: Headers, { cookies, byHeader }: AnswerContext): void {
  for (const line of cookies) {
    if (byHeader) byHeader.deliver?.(headers, line);
    else headers.append("Set-Cookie", line);
  }
}

function cookieNameOf(line: string): string {
  return line.slice(0, line.indexOf("="));
}
