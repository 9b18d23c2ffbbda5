import { expect } from "vitest";
import type { AuthOptions } from "../src/lib/auth/options.js";
import { type NativeClientsOptions, nativeClients } from "../src/lib/native/native-clients.js";
import { createPkce } from "../src/lib/provider/pkce.js";
import { Browser, ORIGIN, type TestAuth, testAuth } from "./auth-kit.js";

export const LOOPBACK = "http://127.0.0.1:51004/callback";
export const APP = "com.example.app:/callback";
export const CLAIMED = "https://app.example.org/signed-in";

export type Redeemed = Readonly<Record<string, unknown>> & { readonly session: string };

/** A program on somebody's device, and the browser it opens. */
export interface NativeKit extends TestAuth {
  readonly browser: Browser;
  /** A call of a program: no cookie, no word of a browser. */
  call(path: string, init?: RequestInit & { readonly json?: unknown }): Promise<Response>;
  /** `GET /auth/handoff` as a page load of the browser. */
  open(query: Readonly<Record<string, string>>): Promise<Response>;
  /** The program's redirect, out of a whole sign-in in the browser; `answer` is the provider's. */
  begin(begun: Begun, answer?: string): Promise<URL>;
  redeem(code: string, begun: Begun): Promise<Response>;
  /** A session's text. */
  signIn(redirectUri?: string): Promise<string>;
}

export interface Begun {
  readonly redirectUri: string;
  readonly codeVerifier: string;
  readonly codeChallenge: string;
}

export async function beginning(redirectUri: string = LOOPBACK): Promise<Begun> {
  return { redirectUri, ...(await createPkce()) };
}

export function nativeKit(
  more: Partial<AuthOptions> = {},
  options: Partial<NativeClientsOptions> = {},
  wrap: Parameters<typeof testAuth>[0] = {},
): NativeKit {
  const clients = nativeClients({ redirectUris: ["http://127.0.0.1/callback", APP, CLAIMED], ...options });
  const kit = testAuth({ nativeClients: clients, ...more, ...wrap });
  const browser = new Browser(kit);

  async function call(path: string, { json, ...init }: RequestInit & { readonly json?: unknown } = {}) {
    const headers = new Headers(init.headers);
    if (json !== undefined) headers.set("Content-Type", "application/json");
    const body = json === undefined ? {} : { method: "POST", body: JSON.stringify(json) };
    const request = new Request(`${ORIGIN}${path}`, { ...init, ...body, headers });
    const response = await kit.auth.handler(request, kit.background);
    if (response === null) throw new Error(`${path} is not a route`);
    return response;
  }

  const open: NativeKit["open"] = (query) => browser.send(`/auth/handoff?${new URLSearchParams(query)}`);

  async function begin({ redirectUri, codeChallenge }: Begun, answer = "code=code_1"): Promise<URL> {
    const response = await open({ redirectUri, codeChallenge, codeChallengeMethod: "S256", state: "mine" });
    const back = await browser.back(new URL(await wayOn(response)).searchParams.get("state") ?? "", answer);
    expect(back.status).toBe(303);
    return new URL(back.headers.get("Location") ?? "");
  }

  const redeem: NativeKit["redeem"] = (code, { redirectUri, codeVerifier }) =>
    call("/auth/handoff", { json: { code, codeVerifier, redirectUri } });

  return Object.assign(kit, {
    browser,
    call,
    open,
    begin,
    redeem,
    async signIn(redirectUri?: string) {
      const begun = await beginning(redirectUri);
      const response = await redeem(codeIn(await begin(begun)), begun);
      expect(response.status).toBe(200);
      const { session }: Redeemed = await response.json();
      await kit.settle();
      kit.events.length = 0;
      kit.calls.length = 0;
      return session;
    },
  });
}

/** To the provider: at once, or behind the page that asks first. */
export async function wayOn(response: Response): Promise<string> {
  const location = response.headers.get("Location");
  if (location !== null) return location;
  expect(response.status).toBe(200);
  const [, href = ""] = /<a href="([^"]+)">Continue<\/a>/.exec(await response.text()) ?? [];
  return href.replaceAll("&amp;", "&");
}

export function codeIn(back: URL): string {
  return back.searchParams.get("code") ?? "";
}

export function bearer(session: string): { readonly headers: { readonly Authorization: string } } {
  return { headers: { Authorization: `Bearer ${session}` } };
}

export const REJECTED = { error: "handoff_rejected" };
