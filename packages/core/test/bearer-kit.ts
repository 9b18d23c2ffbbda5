import { expect } from "vitest";
import type { Auth } from "../src/lib/auth/auth.js";
import type { AuthOptions } from "../src/lib/auth/options.js";
import type { ApiKeyLookup } from "../src/lib/bearer/api-keys.js";
import type { BearerOptions } from "../src/lib/bearer/bearer-options.js";
import { bearerTokens } from "../src/lib/bearer/bearer-tokens.js";
import type { TokenTrust } from "../src/lib/provider/provider.js";
import type { Machine, RequestAuth } from "../src/lib/session/request-auth.js";
import { Browser, ORIGIN, type TestAuth, testAuth } from "./auth-kit.js";

const ISSUER = "https://idp.example";
export const API = "https://api.example.com";

/** Access tokens of the kit's provider for one API. */
export const TRUST: TokenTrust = {
  name: "api",
  jwksUrl: `${ISSUER}/jwks`,
  verify: { issuer: ISSUER, audience: API, algorithms: ["ES256"] },
};

const ROUTES = { "/v1/*": "header", "/api/*": "either" } as const;

/** Claims of a program's token, as the providers of RFC 9068 write them. */
export const ROBOT = {
  aud: API,
  sub: "robot",
  client_id: "robot",
  sid: undefined,
  permissions: undefined,
  scope: "jobs:run jobs:read",
};

export interface BearerKit extends Omit<TestAuth, "auth"> {
  readonly auth: Auth<Machine>;
  /** A token of a person for the API; `claims` replace, and `undefined` takes one away. */
  token(claims?: Record<string, unknown>): Promise<string>;
  robot(claims?: Record<string, unknown>): Promise<string>;
  /** A request with that `Authorization`. */
  request(path: string, authorization?: string, init?: RequestInit): Request;
  visit(path: string, authorization?: string, init?: RequestInit): Promise<RequestAuth | Machine>;
  /** Somebody who has signed in with a cookie; nothing of it is remembered. */
  signIn(): Promise<Browser>;
}

export function bearerKit(
  bearer: Partial<BearerOptions> = {},
  more: Partial<Omit<AuthOptions, "bearer">> & { readonly apiKeys?: ApiKeyLookup } = {},
): BearerKit {
  const tokens = bearerTokens({ routes: ROUTES, users: TRUST, machines: TRUST, ...bearer });
  // As: the kit's own auth is of three states, and this one says of itself that it has four.
  const kit = testAuth({ ...more, bearer: tokens as never }) as unknown as TestAuth & { readonly auth: Auth<Machine> };

  function request(path: string, authorization?: string, init: RequestInit = {}): Request {
    const headers = new Headers(init.headers);
    if (authorization !== undefined) headers.set("Authorization", authorization);
    return new Request(`${ORIGIN}${path}`, { ...init, headers });
  }

  const sign = async (claims: Record<string, unknown>) => (await kit.tokens(claims)).accessToken;
  return {
    ...kit,
    token: (claims = {}) => sign({ aud: API, ...claims }),
    robot: (claims = {}) => sign({ ...ROBOT, ...claims }),
    request,
    visit: (path, authorization, init) => kit.auth.validateRequest(request(path, authorization, init), kit.background),
    async signIn() {
      const browser = new Browser(kit as unknown as TestAuth);
      await browser.signIn();
      kit.events.length = 0;
      kit.calls.length = 0;
      kit.fetched.length = 0;
      return browser;
    },
  };
}

/** A page load. */
export const NAVIGATES = { "Sec-Fetch-Mode": "navigate" };

/** No cookie comes of a header, whoever asks. */
export function expectNoCookie(visitor: RequestAuth | Machine): void {
  expect(visitor.headers.getSetCookie()).toEqual([]);
  expect(visitor.apply(new Response("x")).headers.getSetCookie()).toEqual([]);
}

export async function expectRefused(
  kit: BearerKit,
  visitor: RequestAuth | Machine,
  reason: string,
  challenge = 'Bearer error="invalid_token"',
): Promise<void> {
  expect(visitor).toMatchObject({ state: "anonymous", reason });
  if (visitor.state !== "anonymous") return;
  expectNoCookie(visitor);
  const answer = visitor.deny();
  expect(answer.status).toBe(401);
  expect(answer.headers.get("WWW-Authenticate")).toBe(challenge);
  expect(answer.headers.get("Cache-Control")).toBe("private, no-store");
  expect(answer.headers.getSetCookie()).toEqual([]);
  expect(await answer.text()).toBe('{"error":"unauthenticated"}');
  expect(kit.events.map(({ type }) => type)).toEqual([reason]);
  expect(kit.calls).toEqual([]);
}
