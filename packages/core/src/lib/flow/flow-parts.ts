import type { Background, Emit, Ledger, Runtime } from "../base/ports.js";
import type { CookieSettings } from "../cookie/cookie.js";
import type { LoginOptions, Provider } from "../provider/provider.js";
import type { Keyring } from "../seal/keyring.js";
import type { Sessions } from "../session/sessions.js";
import type { KeySource } from "../token/key-source.js";
import type { FailedLogin } from "./failed-login.js";
import type { OnLogin, OnLoginFailure } from "./login-hooks.js";
import type { ViaRelay } from "./via-relay.js";

/** What our routes are made of; whoever composes them has checked it. */
export interface FlowParts {
  readonly provider: Provider;
  readonly sessions: Sessions;
  /** Where a flow is spent, so that one flow asks the provider once. */
  readonly ledger: Ledger;
  readonly keyring: Keyring;
  /** Of the session. Cookies of a flow are host-only and Lax whatever it says. */
  readonly cookie: CookieSettings;
  readonly realm: string;
  readonly runtime: Runtime;
  readonly emit: Emit;
  /** Without a slash at its end. */
  readonly routePrefix: string;
  /** Of the provider that signs in. */
  readonly keySource: KeySource;
  /** Between the provider and this preview. Absent: the provider sends its answers here. */
  readonly relay?: ViaRelay;
  /** Absent: every sign-in ends in the browser it began in, and every session is in its cookie. */
  readonly handOff?: HandOff;
  /** Absent: every host signs in by itself. */
  readonly signOn?: SignedInElsewhere;
  readonly onLogin?: OnLogin;
  readonly onLoginFailure?: OnLoginFailure;
}

export type Route = (parts: FlowParts, request: Request, background?: Background) => Response | Promise<Response>;
export type Methods = Readonly<Partial<Record<"GET" | "POST" | "DELETE", Route>>>;

/** A route that a part of the configuration brings along. */
export interface PartRoute {
  readonly methods: Methods;
  /**
   * `same-origin`: nothing that changes anything is asked for by a page of another site. `none`: it reads no cookie and sets
   * none, so such a page gains nothing, and programs, which say no origin, may call it.
   */
  readonly wall: "same-origin" | "none";
}

/** By path below the prefix; a last segment `:id` stands for any. */
export type PartRoutes = ReadonlyMap<string, PartRoute>;

/** What our routes are made of, and what parts of this configuration answer beside them. */
export interface RoutedParts extends FlowParts {
  readonly routes: PartRoutes;
}

/** Where some hosts are signed in to by another one. */
export interface SignedInElsewhere {
  isDestination(request: Request): boolean;
  /** Sends whoever signs in on such a host to the other one; `null`: it is none. */
  login(request: Request, options: LoginOptions & { readonly returnTo: string }): Promise<Response> | null;
}

/** One sign-in on its way back, until it is finished or has failed. */
export interface Attempt {
  readonly request: Request;
  readonly background: Background | undefined;
  /** A script asks and reads JSON: no redirect, no page, whatever happens. */
  readonly byScript: boolean;
  readonly returnTo: string;
  /** The sign-in at the provider has to be as late as this, in epoch seconds. Absent: it was not asked. */
  readonly signedInSince?: number;
  /** What the program that began it said of itself. Absent: it began in this browser, for this browser. */
  readonly client?: readonly string[];
  /** Set-Cookie lines that end its flow. */
  readonly cookies: readonly string[];
}

/** What a provider gave for a sign-in, and what only belongs to that sign-in. */
export type ExchangeInput = Parameters<FlowParts["provider"]["exchange"]>[0];

/** Sign-ins that a program began and the system's browser goes through. Handed in whole, by `nativeClients`. */
export interface HandOff {
  /** The provider's code goes on to the program, sealed: nothing is exchanged here, and this browser gets no session. */
  pass(parts: FlowParts, attempt: Attempt, input: ExchangeInput): Promise<Response>;
  /** The program hears that its sign-in failed. */
  fail(failed: FailedLogin): Response;
  /** Whether a header alone is the credential: no page of another site can make a browser send one. */
  isByHeader(request: Request): boolean;
}
