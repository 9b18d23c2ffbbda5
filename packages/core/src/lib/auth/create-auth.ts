import { refuseConfig } from "../base/errors.js";
import type { Background } from "../base/ports.js";
import { callback } from "../flow/callback.js";
import { exchangeCode } from "../flow/exchange-code.js";
import type { RoutedParts } from "../flow/flow-parts.js";
import { login } from "../flow/login.js";
import { logout } from "../flow/logout.js";
import { answerRoute } from "../flow/routes.js";
import { refuseForeignSocket } from "../flow/socket-wall.js";
import { switchOrganization } from "../flow/switch-organization.js";
import { canonicalPath } from "../policy/path.js";
import { createCircuit } from "../provider/circuit.js";
import { guardProvider } from "../provider/guarded-provider.js";
import { createSessions } from "../session/create-sessions.js";
import { createLocalLedger } from "../session/local-ledger.js";
import type { Machine } from "../session/request-auth.js";
import type { SessionParts } from "../session/session-parts.js";
import type { Auth } from "./auth.js";
import { authOptionProblems } from "./check-options.js";
import { commonParts, connectStore } from "./common-parts.js";
import { deviceMethods } from "./device-methods.js";
import { createGate } from "./gate.js";
import { createMeet, meet } from "./meet.js";
import { missingParts, warnWithoutLedger } from "./missing-parts.js";
import type { AuthOptions } from "./options.js";
import { receiverRoute } from "./receivers.js";
import { renewStored } from "./renew-stored.js";

/** Wires one configuration. Throws `AuthError` `config_invalid` with every problem of the options. */
export function createAuth<M extends Machine = never>(options: AuthOptions<M>): Auth<M> {
  refuseConfig(authOptionProblems(options));
  const { ledger, relay, sso, onLogin, onLoginFailure, routePrefix = "/auth", clientAddress = () => "" } = options;
  const common = commonParts(options, options.provider.jwksUrl);
  const { keyring, cookie, realm, runtime, emit } = common;
  const { store } = options;
  // Two circuits: what anybody can ask for (sign-ins, switches) must not keep sessions from being renewed.
  const provider = guardProvider(options.provider, createCircuit({ now: runtime.now, emit }));
  const renewing = guardProvider(options.provider, createCircuit({ now: runtime.now, emit }));
  const anyLedger = ledger ?? createLocalLedger(runtime);
  const sessionParts: SessionParts = {
    ...common,
    trust: provider,
    loginPath: `${routePrefix}/login`,
    renewal: {
      provider: renewing,
      switchProvider: provider,
      ledger: anyLedger,
      ledgerIsShared: ledger !== undefined,
      ...options.refresh,
    },
    ...(options.legacy && { legacy: options.legacy }),
    ...(sso && {
      realmAt: (request: Request) => sso.realmAt(realm, request),
      knowsHost: (request: Request) => sso.knowsHost?.(request) ?? null,
    }),
    ...options.lifetime,
  };
  const places = { ...(store && { store: connectStore(store, options, common, provider) }) };
  const cookieNames = [cookie.name, ...(options.legacy ? [options.legacy.cookieName] : [])];
  const byCookie = createSessions(sessionParts, places);
  const native = options.nativeClients?.connect({ session: sessionParts, places, byCookie, routePrefix, cookieNames });
  const sessions = native?.sessions ?? byCookie;
  const parts: RoutedParts = {
    provider,
    sessions,
    ledger: anyLedger,
    keyring,
    cookie,
    realm,
    runtime,
    emit,
    routePrefix,
    keySource: common.keySource,
    routes: new Map([
      ...(store?.routes ?? []),
      ...(sso?.routes ?? []),
      ...(options.receivers ?? []).map(receiverRoute),
      ...(native ? [native.route] : []),
    ]),
    ...(sso && {
      signOn: {
        isDestination: (request) => sso.isDestination(request),
        login: (request, asked) => sso.login(parts, request, asked),
      },
    }),
    ...(relay && { relay }),
    ...(native && { handOff: native.handOff }),
    ...(onLogin && { onLogin }),
    ...(onLoginFailure && { onLoginFailure }),
  };
  if (!ledger) warnWithoutLedger();

  const callers = options.bearer?.connect({ ...common, loginPath: `${routePrefix}/login`, cookieNames });
  const isByHeader = (request: Request) =>
    (native?.owns(request) ? native.handOff : callers)?.isByHeader(request) ?? false;
  const gate = createGate({
    policies: options.policies ?? {},
    cookieNames,
    isByHeader,
    emit,
    routePrefix,
    clientAddress,
  });
  const by = (ask: typeof sessions.validate): Auth<M>["validateRequest"] =>
    callers
      ? (request, background) =>
          native?.owns(request)
            ? ask(request, background)
            : callers.validate(request, background, () => ask(request, background))
      : ask;
  const validate = by(sessions.validate);

  const isElsewhere = (path: string | null) => path !== null && !path.startsWith(`${routePrefix}/`);

  async function handler(request: Request, background?: Background): Promise<Response | null> {
    const path = canonicalPath(request.url);
    const isOurs = path !== null && !isElsewhere(path);
    const early = isOurs ? await gate.open(request, path, background) : null;
    if (early) return early;
    const foreign = refuseForeignSocket(parts, request, background);
    const own = foreign ?? (await answerRoute(parts, request, path, background));
    return own && gate.share(request, own);
  }

  async function answerOwn(request: Request, path: string | null, background?: Background): Promise<Response | null> {
    // A CSRF policy looks at handshakes on the app's own paths itself, and knows of more origins.
    const isPolicys = options.policies?.csrf !== undefined && isElsewhere(path);
    const foreign = isPolicys ? null : refuseForeignSocket(parts, request, background);
    return foreign ?? answerRoute(parts, request, path, background);
  }

  return {
    validateRequest: validate,
    refresh: by(sessions.refresh),
    handler,
    [meet]: createMeet({
      emit,
      gate,
      answerOwn,
      validateRequest: validate,
      ...(sso && {
        askElsewhere: (request: Request, path: string | null, background?: Background) =>
          sso.ask(parts, request, path, background),
      }),
    }),
    login: (request, loginOptions, background) => login(parts, request, loginOptions, background),
    callback: (request, background) => callback(parts, request, background),
    exchangeCode: (request, background) => exchangeCode(parts, request, background),
    logout: (request, logoutOptions, background) => logout(parts, request, logoutOptions, background),
    switchOrganization: (request, organizationId, background) =>
      switchOrganization(parts, request, organizationId, background),
    ...deviceMethods(sessions),
    revoke: (target, background) => sessions.revoke(target, "app", background),
    ...(sessions.renewStored && { [renewStored]: sessions.renewStored }),
    describe: async () => ({
      cookieName: cookie.name,
      realm,
      keys: keyring.describe(),
      provider: provider.name,
      missing: missingParts(options, runtime.now()),
      lostEvents: common.lost(),
    }),
  };
}
