import { describe, expect, inject, test } from "vitest";
import { asked, failures, type TestAuth, testAuth } from "../../../test/auth-kit.js";
import { createPerson, type Person } from "../../../test/person.js";
import { viaRelay } from "../flow/via-relay.js";
import { oidc } from "../provider/oidc.js";
import { createPkce } from "../provider/pkce.js";
import type { Provider } from "../provider/provider.js";
import { workos } from "../provider/workos.js";
import { createLocalLedger } from "../session/local-ledger.js";
import { createLoginRelay } from "../sso/login-relay.js";

const MINE = "https://pr-12.preview.example.com";
const THEIRS = "https://pr-66.preview.example.com";

type Answering = (request: Request) => Promise<Response | null>;

/** A browser of one person: follows redirects between our hosts and the provider, and keeps each host's cookies apart. */
function createSurfer(provider: string, hosts: Readonly<Record<string, Answering>>) {
  const jars = new Map<string, Map<string, string>>();
  const person: Person = createPerson(provider);
  const visited: string[] = [];

  async function ask(url: URL): Promise<Response> {
    const jar = jars.get(url.origin) ?? new Map<string, string>();
    jars.set(url.origin, jar);
    visited.push(url.origin);
    const headers = new Headers({ "Sec-Fetch-Mode": "navigate" });
    if (jar.size > 0) headers.set("Cookie", [...jar].map(([name, value]) => `${name}=${value}`).join("; "));
    const response = await hosts[url.origin]?.(new Request(url, { headers }));
    if (!response) throw new Error(`nobody answers at ${url.origin}${url.pathname}`);
    for (const line of response.headers.getSetCookie()) {
      expect(line).not.toMatch(/;\s*domain/i);
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/; Max-Age=0(?:;|$)/.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    return response;
  }

  /** Until a page is shown. */
  async function open(address: string): Promise<Response> {
    let next = new URL(address);
    for (let hops = 0; hops < 10; hops++) {
      if (!(next.origin in hosts)) {
        const back = await person.visit(next.href);
        if (typeof back === "string") throw new Error(`The provider shows a page: ${back}`);
        next = back;
        continue;
      }
      const response = await ask(next);
      const location = response.headers.get("Location");
      if (location === null) return response;
      next = new URL(location, next);
    }
    throw new Error("in circles");
  }

  return {
    open,
    visited,
    /** The link of the relay's page. */
    async continue(page: Response): Promise<Response> {
      return open(await linkOn(page));
    },
    cookiesAt: (origin: string) => [...(jars.get(origin)?.keys() ?? [])],
  };
}

async function linkOn(page: Response): Promise<string> {
  expect(page.status).toBe(200);
  const [, href = ""] = / href="([^"]+)"/.exec(await page.text()) ?? [];
  return href.replaceAll("&amp;", "&");
}

const now = () => Math.floor(Date.now() / 1000);
const withFetch = (input: string, init?: RequestInit) => fetch(input, init);
const shared = () => ({ fetch: withFetch, now, ledger: createLocalLedger({ now }) });

/** One host: our routes, and a page that greets. */
function answering(kit: TestAuth): Answering {
  return async (request) => {
    const own = await kit.auth.handler(request, kit.background);
    if (own) return own;
    const visitor = await kit.auth.validateRequest(request, kit.background);
    return visitor.state === "authenticated" ? visitor.apply(Response.json({ user: visitor.user.id })) : visitor.deny();
  };
}

interface Place {
  readonly name: string;
  /** Of the provider. */
  readonly origin: string;
  /** Where the relay and production are. */
  readonly relayAt: string;
  readonly appAt: string;
  providerOf(redirectUri: string): Provider;
}

function worldAt({ origin, relayAt, appAt, providerOf }: Place) {
  const preview = (name: string) =>
    testAuth({
      ...shared(),
      provider: providerOf(`${relayAt}/auth/relay`),
      realm: `preview:${name}`,
      relay: viaRelay(),
    });
  const mine = preview("pr-12");
  const theirs = preview("pr-66");
  const production = testAuth({ ...shared(), provider: providerOf(`${appAt}/auth/callback`), realm: "production" });
  const relay = createLoginRelay({ previews: { "https://pr-{n}.preview.example.com": "preview:pr-{n}" } });
  const hosts = {
    [MINE]: answering(mine),
    [THEIRS]: answering(theirs),
    [appAt]: answering(production),
    [relayAt]: (request: Request) => relay.forward(request),
  };
  return { mine, theirs, production, surfer: () => createSurfer(origin, hosts) };
}

const CLIENT = {
  clientId: "web-post",
  clientSecret: "post-secret-1",
  authorizationParameters: { prompt: "consent" },
} as const;
const EMULATOR = inject("workosEmulator");
const openid: readonly Place[] = Object.entries(inject("openidProviders")).map(([algorithm, issuer]) => ({
  name: `an OpenID provider that signs with ${algorithm}`,
  origin: issuer,
  relayAt: "https://auth.example.com",
  appAt: "https://app.example.com",
  providerOf: (redirectUri) => oidc({ issuer, ...CLIENT, redirectUri, now }),
}));
const authkit: Place = {
  name: "WorkOS's own emulator",
  origin: EMULATOR.url,
  // It takes no other host.
  relayAt: "http://localhost:8787",
  appAt: "http://localhost:8788",
  providerOf: (redirectUri) =>
    workos({ clientId: "client_01EMULATOR", apiKey: EMULATOR.apiKey, apiUrl: EMULATOR.url, redirectUri }),
};

describe.each([...openid, authkit])("previews at $name", (place) => {
  const { relayAt, appAt } = place;

  test("a person signs in at a preview that the provider has never heard of, and is nowhere else signed in", async () => {
    const { mine, surfer } = worldAt(place);
    const browser = surfer();
    const page = await browser.open(`${MINE}/auth/login?returnTo=%2Fprojects&loginHint=ada%40example.com`);
    expect(browser.visited).toEqual([MINE, relayAt]);
    expect(failures(mine)).toEqual([]);
    const arrived = await browser.continue(page);
    expect([arrived.status, await arrived.json()]).toEqual([200, { user: expect.any(String) }]);
    expect(browser.visited.slice(2)).toEqual([MINE, MINE]);
    expect(browser.cookiesAt(MINE)).toEqual(expect.arrayContaining(["__Host-session"]));
    expect(browser.cookiesAt(relayAt)).toEqual([]);
    expect(browser.cookiesAt(appAt)).toEqual([]);
    expect(browser.cookiesAt(THEIRS)).toEqual([]);
  });

  test("CS-15 a code that came back for one preview is worth nothing to another one, or to production", async () => {
    const { theirs, production, surfer } = worldAt(place);
    const browser = surfer();
    const signIn = "/auth/login?loginHint=ada%40example.com";
    const { pathname, search, searchParams } = new URL(await linkOn(await browser.open(`${MINE}${signIn}`)));
    // The answer as it is: no flow of theirs.
    expect((await browser.open(`${THEIRS}${pathname}${search}`)).status).toBe(400);
    expect((await browser.open(`${appAt}${pathname}${search}`)).status).toBe(400);
    expect(failures(production)).toEqual(["flow_cookie_missing"]);
    // In the answer to a flow of theirs in the same browser: another verifier.
    const own = new URL(await linkOn(await browser.open(`${THEIRS}${signIn}`)));
    own.searchParams.set("code", searchParams.get("code") ?? "");
    expect((await browser.open(own.href)).status).toBe(400);
    expect(failures(theirs)).toEqual(["flow_cookie_missing", "provider_refused"]);
    expect([...browser.cookiesAt(appAt), ...browser.cookiesAt(THEIRS)]).not.toContain("__Host-session");
  });

  test("RD-01 a planted link whose answer is for somebody else's preview shows the person where it would go, and stops", async () => {
    const { theirs, surfer } = worldAt(place);
    const victim = surfer();
    await victim.continue(await victim.open(`${MINE}/auth/login?loginHint=ada%40example.com`));
    // State and challenge are made by whoever deployed that preview; the victim is signed in at the provider.
    const started = await theirs.auth.login(new Request(`${THEIRS}/auth/login?loginHint=ada%40example.com`));
    const planted = new URL(started.headers.get("Location") ?? "");
    planted.searchParams.set("login_hint", "ada@example.com");
    planted.searchParams.set("code_challenge", (await createPkce()).codeChallenge);
    const page = await victim.open(planted.href);
    expect(page.status).toBe(200);
    expect(page.headers.get("Location")).toBeNull();
    expect(await page.text()).toContain("<code>pr-66.preview.example.com</code> is a preview");
    expect(victim.visited).not.toContain(THEIRS);
    expect(asked(theirs, "exchange")).toEqual([]);
  });

  test("CS-15 production beside it signs in at its own address, and its answers do not pass the relay", async () => {
    const { production, surfer } = worldAt(place);
    const browser = surfer();
    const arrived = await browser.open(`${appAt}/auth/login?loginHint=ada%40example.com`);
    expect([arrived.status, await arrived.json()]).toEqual([200, { user: expect.any(String) }]);
    expect(browser.visited.every((host) => host === appAt)).toBe(true);
    const started = await production.auth.login(new Request(`${appAt}/auth/login`));
    const state = new URL(started.headers.get("Location") ?? "").searchParams.get("state") ?? "";
    const answer = await browser.open(`${relayAt}/auth/relay?${new URLSearchParams({ code: "code_1", state })}`);
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain("preview_rejected");
  });
});
