import { createGuard } from "../src/lib/auth/guard.js";
import type { AuthOptions } from "../src/lib/auth/options.js";
import type { KeyValueStore, Ledger } from "../src/lib/base/ports.js";
import { createLocalLedger } from "../src/lib/session/local-ledger.js";
import { type SsoNetworkOptions, ssoNetwork } from "../src/lib/sso/sso-network.js";
import { type TestAuth, testAuth } from "./auth-kit.js";

export const HUB = "https://id.example.com";
export const BLOG = "https://blog.example.org";
export const SHOP = "https://shop.example.net";
export const IDP = "https://idp.example";

/** What a current browser says of a page that a person opens. */
export const OPENED = {
  "Sec-Fetch-Mode": "navigate",
  "Sec-Fetch-Dest": "document",
  "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0",
} as const;

/** One Worker for a hub and two destinations. `/private` needs a session, every other page shows who is there. */
export interface SsoWorld {
  readonly kit: TestAuth;
  /** Calls of the ledger and of the key-value store, in order. */
  readonly storage: string[];
  /** The ledger answers nothing while `down`. */
  readonly ledger: { down: boolean };
  fetch(request: Request): Promise<Response>;
}

export function ssoWorld(more: Partial<SsoNetworkOptions> & { readonly auth?: Partial<AuthOptions> } = {}): SsoWorld {
  const { auth: options = {}, ...network } = more;
  const storage: string[] = [];
  const faults = { down: false };
  const now = (): number => kit.clock.now;
  const kit: TestAuth = testAuth({
    ledger: counted(createLocalLedger({ now }), storage, faults),
    keyCache: countedStore(storage),
    sso: ssoNetwork({ hub: HUB, destinations: [BLOG, SHOP], silent: { paths: ["/*"] }, now, ...network }),
    ...options,
  });
  const guard = createGuard({ publicPaths: ["/", "/posts/*", "/cached/*"], now });
  return {
    kit,
    storage,
    ledger: faults,
    async fetch(request) {
      const admission = await guard.admit(kit.auth, request, kit.background);
      if ("answer" in admission) return admission.answer;
      return admission.finish(Response.json(admission.visitor));
    },
  };
}

export interface Opened {
  readonly response: Response;
  readonly url: URL;
  /** Every address on the way, the first one included. */
  readonly way: readonly URL[];
}

/** A browser with a jar for each host, which third-party cookies do not reach. */
export class Tab {
  readonly jars = new Map<string, Map<string, string>>();
  /** Hosts whose cookies it does not keep. */
  readonly blocked = new Set<string>();
  constructor(readonly world: SsoWorld) {}

  jar(origin: string): Map<string, string> {
    const jar = this.jars.get(origin) ?? new Map<string, string>();
    this.jars.set(origin, jar);
    return jar;
  }

  request(url: string | URL, init: RequestInit = {}): Request {
    const { origin } = new URL(url);
    const headers = new Headers({ ...OPENED, ...Object.fromEntries(new Headers(init.headers)) });
    const cookies = [...this.jar(origin)].map(([name, value]) => `${name}=${value}`).join("; ");
    if (cookies !== "" && !headers.has("Cookie")) headers.set("Cookie", cookies);
    return new Request(url, { ...init, headers });
  }

  /** One request, no redirect followed. */
  async send(url: string | URL, init: RequestInit = {}): Promise<Response> {
    const response = await this.world.fetch(this.request(url, init));
    const { origin } = new URL(url);
    if (!this.blocked.has(origin)) this.take(origin, response);
    return response;
  }

  take(origin: string, response: Response): void {
    const jar = this.jar(origin);
    for (const line of response.headers.getSetCookie()) {
      const name = line.slice(0, line.indexOf("="));
      if (/; Max-Age=0(?:;|$)/.test(line)) jar.delete(name);
      else jar.set(name, line.slice(name.length + 1, line.indexOf(";")));
    }
  }

  /** A page that a person opens: redirects are followed, and the provider signs in whoever comes. */
  async open(url: string): Promise<Opened> {
    const way: URL[] = [];
    let at = new URL(url);
    for (;;) {
      way.push(at);
      if (way.length > 20) throw new Error(`goes in a circle: ${way.map(({ href }) => href).join("\n")}`);
      if (at.origin === IDP) {
        at = new URL(`/auth/callback?code=code_1&state=${at.searchParams.get("state")}`, HUB);
        continue;
      }
      const response = await this.send(at);
      const location = response.headers.get("Location");
      if (location === null) return { response, url: at, way };
      at = new URL(location, at);
    }
  }

  /** Signs in at the hub. */
  async signIn(): Promise<void> {
    await this.open(`${HUB}/private`);
    this.world.kit.events.length = 0;
    this.world.storage.length = 0;
  }

  /** The way to the hub and back, up to the answer: the address that carries the ticket. */
  async ticketUrl(destination: string, path = "/posts/1"): Promise<URL> {
    const start = await this.send(`${destination}/auth/login?${new URLSearchParams({ returnTo: path })}`);
    return this.answerOf(start);
  }

  async answerOf(start: Response): Promise<URL> {
    const answer = await this.send(start.headers.get("Location") ?? "");
    return new URL(answer.headers.get("Location") ?? "");
  }
}

/** A tab of somebody who is signed in at the hub, with nothing told yet. */
export async function signedInTab(more: Parameters<typeof ssoWorld>[0] = {}): Promise<Tab> {
  const tab = new Tab(ssoWorld(more));
  await tab.signIn();
  return tab;
}

function counted(ledger: Ledger, calls: string[], faults: { readonly down: boolean }): Ledger {
  async function call<Answer>(name: string, answer: () => Promise<Answer>): Promise<Answer> {
    calls.push(name);
    if (faults.down) throw new Error("Durable Object reset because its code was updated.");
    return answer();
  }
  return {
    getByName(name) {
      const entry = ledger.getByName(name);
      return {
        claim: (request) => call("claim", () => entry.claim(request)),
        settle: (result) => call("settle", () => entry.settle(result)),
        spend: (expiresAt) => call("spend", () => entry.spend(expiresAt)),
      };
    },
  };
}

function countedStore(calls: string[]): KeyValueStore {
  return {
    async get() {
      calls.push("get");
      return null;
    },
    put: async () => void calls.push("put"),
    delete: async () => void calls.push("delete"),
  };
}
