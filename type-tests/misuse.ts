// Mistakes the compiler must catch. Every line below an expectation was a bug somewhere.
import type { DurableObject } from "cloudflare:workers";
import {
  type Auth,
  createAuth,
  createValidator,
  isAuthError,
  type KeySource,
  type Machine,
  type parseSessionKeys,
  type RequestAuth,
  type Session,
  sealSession,
  type TokenTrust,
  type UnsealedSession,
  verifyToken,
} from "@edgeseal/core";
import { createAuthProxy } from "@edgeseal/core/auth-proxy";
import { type BearerTokens, bearerTokens } from "@edgeseal/core/bearer";
import { createIdentityForwarder, createIdentityVerifier } from "@edgeseal/core/identity";
import { hasPermission } from "@edgeseal/core/permissions";
import { createCsrf, createOrigins, createRateLimit, createSecurityHeaders } from "@edgeseal/core/policies";
import { workos, workosTokens } from "@edgeseal/core/providers/workos";
import { seal } from "@edgeseal/core/seal";
import { createTestProvider } from "@edgeseal/core/testing";
import { defineAuth, exactLimiter, withAuth } from "@edgeseal/workers-adapter";
import {
  type AuthVariables,
  authMiddleware,
  requireCaller,
  requireOrganization,
  requirePermission,
  requireRecentAuth,
  requireSession,
} from "@edgeseal/workers-adapter/hono";
import { Hono } from "hono";

declare const visitor: RequestAuth;
declare const auth: Auth;
declare const keyring: ReturnType<typeof parseSessionKeys>;
declare const opened: UnsealedSession;
declare const keys: KeySource;
declare const session: Session;

const provider = workos({ clientId: "c", apiKey: "k", redirectUri: "https://a.example/cb" });

// ── what a handler is given ──

// @ts-expect-error a user is read before the three states were told apart
visitor.user;
// @ts-expect-error the same of permissions
hasPermission(visitor, "projects:read");
// @ts-expect-error a state that does not exist
if (visitor.state === "signed-in") throw new Error();

if (visitor.state === "authenticated") {
  // @ts-expect-error no refresh token ever reaches a handler
  visitor.refreshToken;
  // @ts-expect-error whoever refuses a signed-in person says what was missing
  visitor.deny();
  // @ts-expect-error a requirement that does not exist
  visitor.deny({ permision: "projects:read" });
  // @ts-expect-error what was validated does not change
  visitor.organizationId = "org_other";
  visitor.deny({ permission: "projects:read" });
} else {
  // @ts-expect-error permissions are no answer to somebody who is not signed in
  visitor.deny({ permission: "projects:read" });
}
if (visitor.state === "unavailable") visitor.retryAfterSeconds satisfies number;
// @ts-expect-error only an outage says when to come back
if (visitor.state === "anonymous") visitor.retryAfterSeconds;

export function statusOf(who: RequestAuth): number {
  switch (who.state) {
    case "authenticated":
      return 200;
    case "anonymous":
      return 401;
    case "unavailable":
      return 503;
  }
}

// ── programs ──

declare const api: TokenTrust;
const withPeople = createAuth({
  keyring,
  provider,
  bearer: bearerTokens({ routes: { "/api/*": "header" }, users: api }),
});
withPeople satisfies Auth;
const withPrograms = createAuth({
  keyring,
  provider,
  bearer: bearerTokens({ routes: { "/api/*": "either" }, users: api, machines: api }),
});
// @ts-expect-error who may meet programs is not what everybody expects of an auth
withPrograms satisfies Auth;
const caller = await withPrograms.validateRequest(new Request("https://a.example"));
if (caller.state === "authenticated") caller.user.id satisfies string;
if (caller.state === "authenticated") {
  // @ts-expect-error whoever compares with `authenticated` never meets a program
  caller.clientId;
}
if (caller.state === "machine") {
  caller.clientId satisfies string;
  // @ts-expect-error a program is no person
  caller.user;
  // @ts-expect-error nor does it have a session
  caller.sessionId;
  // @ts-expect-error nor does its token go any further by us
  caller.accessToken;
}
if (caller.state === "anonymous" || caller.state === "unavailable") caller.deny();
// @ts-expect-error not everybody who is known is a person
if (caller.state !== "anonymous" && caller.state !== "unavailable") caller.user;
// @ts-expect-error nobody is let in
bearerTokens({ routes: { "/api/*": "header" } }) satisfies BearerTokens<never>;
// @ts-expect-error where headers are read has to be said
bearerTokens({ users: api });
// @ts-expect-error a mode that does not exist
bearerTokens({ routes: { "/api/*": "bearer" }, users: api });
// @ts-expect-error a key stands for somebody
bearerTokens({ routes: { "/api/*": "header" }, apiKeys: () => true });

// ── seals ──

// @ts-expect-error the text of the keys is no keyring
void sealSession(session, "2:secret", { cookieName: "__Host-session" });
// @ts-expect-error an object that looks like one is no keyring either
void sealSession(session, { describe: () => [] }, { cookieName: "__Host-session" });
// @ts-expect-error the cookie's name is part of what is authenticated
void sealSession(session, keyring, {});
// @ts-expect-error the result is looked at before the session is
opened.session;
// @ts-expect-error purposes are a closed list
void seal(new Uint8Array(), { keyring, purpose: "csrf", context: [], expiresAt: 0 });
// @ts-expect-error a seal without an end
void seal(new Uint8Array(), { keyring, purpose: "ticket", context: [] });

// ── cookies ──

// @ts-expect-error browsers refuse __Host- with a domain
createAuth({ keyring, provider, cookie: { name: "__Host-session", domain: "example.com" } });
// @ts-expect-error a shared cookie without the prefix that proves it came over https
createAuth({ keyring, provider, cookie: { name: "session", domain: "example.com" } });
// @ts-expect-error SameSite=None opens the door to every site
createAuth({ keyring, provider, cookie: { sameSite: "none" } });

// ── wiring ──

// @ts-expect-error no provider
createAuth({ keyring });
// @ts-expect-error a misspelt option
createAuth({ keyring, provider, leger: undefined });
// @ts-expect-error to believe somebody's tokens is not to be able to sign in with them
createAuth({ keyring, provider: workosTokens({ clientId: "c" }) });
// @ts-expect-error an SDK client brings its own key
workos({ client: { baseURL: "" }, apiKey: "k", clientId: "c", redirectUri: "" });
// @ts-expect-error neither a key nor a client
workos({ redirectUri: "" });
// @ts-expect-error error codes are a closed list
isAuthError(new Error(), "not_logged_in");
// @ts-expect-error a switch needs to know where to
void auth.switchOrganization(new Request("https://a.example"));
// @ts-expect-error an age is a number
void auth.login(new Request("https://a.example"), { maxAgeSeconds: "600" });
// @ts-expect-error a code is nothing without the request that brought it, its flow cookie and its origin
void auth.exchangeCode("code");

// @ts-expect-error a validator has nobody to sign in with
createValidator({ keyring, tokens: workosTokens({ clientId: "c" }) }).login;
// @ts-expect-error nor anything to renew
createValidator({ keyring, tokens: workosTokens({ clientId: "c" }), ledger: undefined });

// ── tokens ──

// @ts-expect-error two ways to say who the token is for
void verifyToken("t", keys, { issuer: "i", audience: "a", clientId: "c" });
// @ts-expect-error none
void verifyToken("t", keys, { issuer: "i" });
// @ts-expect-error nobody may have issued it
void verifyToken("t", keys, { issuer: [], clientId: "c" });
// @ts-expect-error a public key must never be used as a shared secret
void verifyToken("t", keys, { issuer: "i", clientId: "c", algorithms: ["HS256"] });

// ── policies ──

// @ts-expect-error other origins are https
createOrigins({ allow: ["http://app.example.com"] });
// @ts-expect-error a regular expression matches more than was meant
createOrigins({ allow: [/example\.com$/] });
// @ts-expect-error plain http is for loopback hosts
createOrigins({ allow: [], development: ["http://app.example.com"] });
// @ts-expect-error which credential came is one of three
void createCsrf().check(new Request("https://a.example"), "session");
// @ts-expect-error what happens while the limiter is down has to be said
createRateLimit({ rules: { "/auth/token": { limiter: { limit: async () => ({ success: true }) } } } });
// @ts-expect-error a preset that does not exist
createSecurityHeaders({ preset: "strict" });

// ── identities ──

// @ts-expect-error an identity is for one service
void createIdentityForwarder({ signingKey: "", issuer: "" }).forward(new Request("https://a.example"), visitor, {});
// @ts-expect-error a service has to say who it is
createIdentityVerifier({ issuer: "https://a.example", keys: "" });

// ── the adapter ──

declare const limits: DurableObjectNamespace;
// @ts-expect-error ten in which time?
exactLimiter(limits, { limit: 10 });

withAuth(() => ({ publicPaths: ["/"] }), {
  fetch(_request, _env, _ctx, who) {
    // @ts-expect-error with public paths the visitor may be anybody
    return new Response(who.user.id);
  },
});
withAuth(
  defineAuth(() => ({ publicPaths: ["/"] })),
  {
    fetch(_request, _env, _ctx, who) {
      // @ts-expect-error the same when the paths come from an auth defined elsewhere
      return new Response(who.user.id);
    },
  },
);
export default withAuth(
  defineAuth(() => ({ realm: "x" })),
  {
    fetch(_request, _env, _ctx, who) {
      // @ts-expect-error without public paths it is a person, who has no reason to be refused
      who.reason;
      return new Response(who.user.id);
    },
  },
);
withAuth(() => ({ bearer: bearerTokens({ routes: { "/api/*": "either" }, machines: api }) }), {
  fetch(_request, _env, _ctx, who) {
    // @ts-expect-error a program reaches a handler only where a path is its own
    who.clientId;
    return new Response(who.user.id);
  },
});
withAuth(() => ({ bearer: bearerTokens({ routes: { "/api/*": "either" }, machines: api }), machines: ["/api/*"] }), {
  fetch(_request, _env, _ctx, who) {
    // @ts-expect-error with paths for programs the visitor may be one
    return new Response(who.user.id);
  },
});
// @ts-expect-error public paths begin with a slash
defineAuth(() => ({ publicPaths: ["health"] }));
// @ts-expect-error a misspelt option is found through the generic, too
defineAuth(() => ({ publicPath: ["/health"] }));
// @ts-expect-error a variable the Worker does not have
defineAuth((env) => ({ realm: env.REALM }));
// @ts-expect-error a database is no key cache
defineAuth((env) => ({ keyCache: env.AUTH_DB }));
// @ts-expect-error a handler that cannot answer
withAuth({ scheduled() {} });

declare const secret: SecretsStoreSecret;
declare const read: typeof parseSessionKeys;
// @ts-expect-error the secret was not waited for
defineAuth(() => ({ keyring: read(secret.get()) }));

declare class OtherObject extends DurableObject {
  greet(): Promise<string>;
}
declare const other: DurableObjectNamespace<OtherObject>;
// @ts-expect-error the namespace of another class is no ledger
createAuth({ keyring, provider, ledger: other });

// ── Hono ──

const app = new Hono<{ Bindings: Env; Variables: AuthVariables }>();
app.use(authMiddleware(auth));
// @ts-expect-error without a guard the visitor may be anybody
app.get("/", (c) => c.json(c.get("auth").user));
// @ts-expect-error a session alone is of no organisation
app.get("/", requireSession(), (c) => c.text(c.get("auth").organizationId));
app.get("/", requireSession(), (c) => {
  // @ts-expect-error a guard tells apart; it opens nothing
  return c.text(c.get("auth").refreshToken);
});
// @ts-expect-error a guard that asks for nothing
requirePermission();
// @ts-expect-error the same from a list that may be empty
requirePermission(...[].map(String));
const ofPrograms = new Hono<{ Bindings: Env; Variables: AuthVariables<Machine> }>();
ofPrograms.use(authMiddleware(withPrograms, { machines: true }));
ofPrograms.get("/", requireCaller(), (c) => {
  // @ts-expect-error a caller may be a program
  return c.text(c.get("auth").user.id);
});
ofPrograms.get("/", requireSession(), (c) => {
  // @ts-expect-error a session is a person's
  return c.text(c.get("auth").clientId);
});
app.use(authMiddleware(withPrograms));
app.get("/", (c) => {
  // @ts-expect-error without the option no program comes through
  return c.text(c.get("auth").state === "machine" ? "a" : "b");
});
// @ts-expect-error one says so, or nothing
authMiddleware(withPrograms, { machines: false });
// @ts-expect-error a misspelt requirement
requireOrganization({ parameter: "org" });
// @ts-expect-error recent is how recent?
requireRecentAuth();
// @ts-expect-error an auth that is not there yet
authMiddleware(Promise.resolve(auth));
// @ts-expect-error a variable the Worker does not have
authMiddleware(defineAuth((env) => ({ realm: env.REALM })));

// @ts-expect-error a provider that stands for nobody
createTestProvider({ as: {}, sessionKeys: "" });
// @ts-expect-error a provider that stands for two
createTestProvider({ as: { workos: { clientId: "a" }, oidc: { issuer: "b", clientId: "a" } }, sessionKeys: "" });
// @ts-expect-error without the keys of the app no cookie opens
createTestProvider({ as: { workos: { clientId: "client_1" } } });
const testProvider = createTestProvider({ as: { workos: { clientId: "client_1" } }, sessionKeys: "" });
// @ts-expect-error a call that is not the provider's
testProvider.fail("login", "network");
// @ts-expect-error a failure that nobody plays
testProvider.fail("refresh", "slow");
// @ts-expect-error what was asked is not a test's to write
testProvider.calls.push({ kind: "refresh", at: 0 });

// @ts-expect-error hosts that nobody names
createAuthProxy({});
// @ts-expect-error a provider's cookies pass when they are named; `[]` says that there are none
createAuthProxy({ hosts: { "auth.example.com": { upstream: "https://idp.example.com", paths: ["/*"] } } });
const everything = { upstream: "https://idp.example.com", paths: ["/*"], cookies: [] };
// @ts-expect-error a path that is not the whole host
createAuthProxy({ hosts: { "auth.example.com": { ...everything, cookiePath: "/v1" } } });
