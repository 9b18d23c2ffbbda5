import { expect } from "vitest";
import type { Auth } from "../src/lib/auth/auth.js";
import { createAuth } from "../src/lib/auth/create-auth.js";
import type { AuthOptions } from "../src/lib/auth/options.js";
import type { AuditEvent, Background, KeyValueStore } from "../src/lib/base/ports.js";
import type {
  LoginOptions,
  LogoutTokenTrust,
  Organization,
  Provider,
  ProviderAnswer,
} from "../src/lib/provider/provider.js";
import { generateSessionKeys } from "../src/lib/seal/generate-session-keys.js";
import { parseSessionKeys } from "../src/lib/seal/parse-session-keys.js";
import { createLocalLedger } from "../src/lib/session/local-ledger.js";
import { createSigner, jwksOf } from "./tokens.js";

export const ORIGIN = "https://app.example.com";
export const START = 1_800_000_000;
const ISSUER = "https://idp.example";

/** Of the kit's provider. */
export const signer = await createSigner("k1", "ES256");
/** The key set of every kit's provider. */
export const KEYS: string = jwksOf(signer);
export const LOGOUT_TOKENS: LogoutTokenTrust = {
  issuer: "https://idp.example",
  clientId: "client_1",
  algorithms: ["ES256"],
};

export interface ProviderCall {
  readonly method: string;
  readonly input: unknown;
}

export interface TestAuth {
  readonly auth: Auth;
  readonly events: AuditEvent[];
  /** What the provider was asked, in order. */
  readonly calls: ProviderCall[];
  readonly fetched: string[];
  readonly background: Background;
  readonly clock: { now: number };
  /** The key endpoint cannot be reached while `down`. */
  readonly network: { down: boolean };
  /** What the provider answers next; tokens for one user by default. */
  readonly answers: {
    exchange: () => ProviderAnswer | Promise<ProviderAnswer>;
    selectOrganization: () => ProviderAnswer | Promise<ProviderAnswer>;
    refresh: (organizationId?: string) => ProviderAnswer | Promise<ProviderAnswer>;
    organizations: () => readonly Organization[] | Promise<readonly Organization[]>;
  };
  /** Waits for everything given to the background. */
  settle(): Promise<void>;
  tokens(claims?: Record<string, unknown>): Promise<Extract<ProviderAnswer, { ok: true }>>;
}

export function testAuth(
  more: Partial<AuthOptions> & {
    readonly providerName?: string;
    readonly logoutTokens?: LogoutTokenTrust;
    readonly acceptsIssuer?: (issuer: string | undefined) => boolean;
    readonly without?: readonly (keyof Provider)[];
  } = {},
): TestAuth {
  const { providerName = "test", logoutTokens, acceptsIssuer, without = [], ...options } = more;
  const events: AuditEvent[] = [];
  const calls: ProviderCall[] = [];
  const fetched: string[] = [];
  const kept: Promise<unknown>[] = [];
  const clock = { now: START };
  const network = { down: false };
  let generation = 0;

  async function tokens(claims: Record<string, unknown> = {}) {
    generation += 1;
    const accessToken = await signer.sign({
      iss: ISSUER,
      sub: "user_1",
      sid: "sid_1",
      client_id: "client_1",
      iat: clock.now,
      exp: clock.now + 300,
      permissions: ["projects:read"],
      ...claims,
    });
    return {
      ok: true as const,
      accessToken,
      refreshToken: `refresh-${generation}`,
      user: { id: "user_1", email: "ada@example.com" },
    };
  }

  const answers: TestAuth["answers"] = {
    exchange: () => tokens(),
    selectOrganization: () => tokens({ org_id: "org_1" }),
    refresh: (organizationId) => tokens(organizationId === undefined ? {} : { org_id: organizationId }),
    organizations: () => [{ id: "org_1", name: "One", role: "admin" }],
  };
  const noted = (method: string, input: unknown) => void calls.push({ method, input });
  const provider: Provider = {
    name: providerName,
    jwksUrl: `${ISSUER}/jwks`,
    verify: { issuer: ISSUER, clientId: "client_1", algorithms: ["ES256"] },
    ...(logoutTokens && { logoutTokens }),
    ...(acceptsIssuer && { acceptsIssuer: async (issuer: string | undefined) => acceptsIssuer(issuer) }),
    async authorizationUrl(input: { state: string; codeChallenge: string } & LoginOptions) {
      noted("authorizationUrl", input);
      const query = new URLSearchParams({ state: input.state, redirect_uri: `${ORIGIN}/auth/callback` });
      return `${ISSUER}/authorize?${query}`;
    },
    async exchange(input) {
      noted("exchange", input);
      return answers.exchange();
    },
    async refresh(input) {
      noted("refresh", input);
      return answers.refresh(input.organizationId);
    },
    async selectOrganization(input) {
      noted("selectOrganization", input);
      return answers.selectOrganization();
    },
    logoutUrl(input) {
      noted("logoutUrl", input);
      if (input.sid === undefined) return null;
      const back = input.returnTo === undefined ? {} : { return_to: input.returnTo };
      return `${ISSUER}/logout?${new URLSearchParams({ sid: input.sid, ...back })}`;
    },
    async revoke(input) {
      noted("revoke", input);
    },
    async organizations(input) {
      noted("organizations", input);
      return answers.organizations();
    },
  };
  const auth = createAuth({
    keyring: parseSessionKeys(generateSessionKeys()),
    provider: Object.fromEntries(
      Object.entries(provider).filter(([name]) => !without.includes(name as keyof Provider)),
    ) as unknown as Provider,
    audit: { send: async (event) => void events.push(event) },
    keyCache: emptyStore,
    ledger: createLocalLedger({ now: () => clock.now }),
    now: () => clock.now,
    async fetch(input) {
      fetched.push(input);
      if (network.down) throw new TypeError("fetch failed");
      return new Response(KEYS);
    },
    ...options,
  });
  return {
    auth,
    events,
    calls,
    fetched,
    background: { waitUntil: (promise) => void kept.push(promise) },
    clock,
    network,
    answers,
    tokens,
    async settle() {
      while (kept.length > 0) await kept.shift();
    },
  };
}

const emptyStore: KeyValueStore = { get: async () => null, put: async () => {}, delete: async () => {} };

/** A browser of one origin: keeps the cookies it is given and sends them back. */
export class Browser {
  readonly jar = new Map<string, string>();
  constructor(readonly kit: TestAuth) {}

  request(path: string, init: RequestInit & { readonly json?: unknown; readonly form?: Record<string, string> } = {}) {
    const { json, form, ...rest } = init;
    const method = json !== undefined || form !== undefined ? "POST" : (rest.method ?? "GET");
    const headers = new Headers(rest.headers);
    if (this.jar.size > 0 && !headers.has("Cookie")) {
      headers.set("Cookie", [...this.jar].map(([name, value]) => `${name}=${value}`).join("; "));
    }
    if (!headers.has("Sec-Fetch-Mode")) {
      headers.set(
        "Sec-Fetch-Mode",
        form !== undefined || (method === "GET" && json === undefined) ? "navigate" : "cors",
      );
    }
    if (method !== "GET" && !headers.has("Sec-Fetch-Site")) headers.set("Sec-Fetch-Site", "same-origin");
    if (json !== undefined) headers.set("Content-Type", "application/json");
    if (form !== undefined) headers.set("Content-Type", "application/x-www-form-urlencoded");
    const body = json !== undefined ? JSON.stringify(json) : form && new URLSearchParams(form).toString();
    return new Request(`${ORIGIN}${path}`, { ...rest, method, headers, ...(body !== undefined && { body }) });
  }

  async send(path: string, init: Parameters<Browser["request"]>[1] = {}): Promise<Response> {
    const response = await this.kit.auth.handler(this.request(path, init), this.kit.background);
    if (response === null) throw new Error(`${path} is not a route`);
    this.take(response);
    return response;
  }

  take(response: Response): void {
    for (const line of response.headers.getSetCookie()) {
      const name = line.slice(0, line.indexOf("="));
      const value = line.slice(name.length + 1, line.indexOf(";"));
      if (/; Max-Age=0(?:;|$)/.test(line)) this.jar.delete(name);
      else this.jar.set(name, value);
    }
  }

  /** Starts a sign-in and gives the `state` the provider is shown. */
  async start(query = ""): Promise<string> {
    const response = await this.send(`/auth/login${query}`);
    const location = response.headers.get("Location");
    if (location === null) throw new Error(`no redirect: ${response.status}`);
    return new URL(location).searchParams.get("state") ?? "";
  }

  back(state: string, query = "code=code_1"): Promise<Response> {
    return this.send(`/auth/callback?${query}&state=${encodeURIComponent(state)}`);
  }

  async signIn(query = ""): Promise<Response> {
    return this.back(await this.start(query));
  }

  named(part: string): string[] {
    return [...this.jar.keys()].filter((name) => name.includes(part));
  }
}

/** Somebody who has signed in, with nothing remembered of how. */
export async function signedIn(
  more: Parameters<typeof testAuth>[0] = {},
): Promise<{ readonly kit: TestAuth; readonly browser: Browser }> {
  const kit = testAuth(more);
  const browser = new Browser(kit);
  await browser.signIn();
  kit.calls.length = 0;
  kit.events.length = 0;
  return { kit, browser };
}

/** A provider that gives no tokens for a code: what it does, the status, the error and the `Retry-After` that follow. */
export const FAILED_EXCHANGES = [
  ["is down", () => ({ ok: false, final: false, retryAfterSeconds: 30 }) as const, 503, "unavailable", "30"],
  ["throws", () => { throw new TypeError("fetch failed"); }, 503, "unavailable", "5"], // biome-ignore format: one line per fault
  [
    "answers nonsense",
    () => ({ ok: false, final: false, reason: "provider_malformed" }) as const,
    502,
    "bad_token_response",
    null,
  ],
] as const;

/** Reasons of the failed sign-ins that were told. */
export const failures = (kit: TestAuth): (string | undefined)[] =>
  kit.events.filter((event) => event.type === "login_failure").map(({ reason }) => reason);
/** Calls of one method of the provider. */
export const asked = (kit: TestAuth, method: string): ProviderCall[] =>
  kit.calls.filter((call) => call.method === method);

/** A page of ours that goes nowhere by itself and shows that code. */
export async function expectPage(response: Response, status: number, code: string): Promise<string> {
  expect(response.status).toBe(status);
  expect(response.headers.get("Content-Type")).toBe("text/html; charset=utf-8");
  expect(response.headers.get("Cache-Control")).toBe("private, no-store");
  expect(response.headers.get("Location")).toBeNull();
  const text = await response.text();
  expect(text).toContain(`<code>${code}</code>`);
  return text;
}
