import type { AuditClient } from "../src/lib/base/ports.js";
import type { CookieOptions } from "../src/lib/cookie/cookie.js";
import { resolveCookie } from "../src/lib/cookie/cookie.js";
import { createCircuit } from "../src/lib/provider/circuit.js";
import { guardProvider } from "../src/lib/provider/guarded-provider.js";
import type { TokenTrust } from "../src/lib/provider/provider.js";
import type { Keyring } from "../src/lib/seal/keyring.js";
import { parseSessionKeys } from "../src/lib/seal/parse-session-keys.js";
import { connectStore } from "../src/lib/session/connect-store.js";
import { createSessions } from "../src/lib/session/create-sessions.js";
import type { LegacySessions } from "../src/lib/session/legacy-sessions.js";
import { createLocalLedger } from "../src/lib/session/local-ledger.js";
import type { RequestAuth } from "../src/lib/session/request-auth.js";
import type { Revocation } from "../src/lib/session/revocation.js";
import type { Session } from "../src/lib/session/session.js";
import type { Sessions } from "../src/lib/session/sessions.js";
import type { StoreOptions } from "../src/lib/session/store.js";
import { createFakeClock, type FakeClock } from "../src/lib/testing/fake-clock.js";
import { createKeySource } from "../src/lib/token/key-source.js";
import { type Browser, createBrowser } from "./browser.js";
import { type CountedLedger, countLedger } from "./counted-ledger.js";
import { createFakeProvider, type FakeProvider, type TestPerson } from "./fake-provider.js";
import { createIssuer, type Issuer } from "./issuer.js";
import { type RecordedBackground, type RecordedEvents, recordBackground, recordEvents } from "./recorders.js";
import { createSigner, JWKS_URL, type Signer } from "./tokens.js";

export const SESSION_KEYS = "1:q8Zr4vW1nXc7Lt0yBe5uKa9sDf3gHj6m";

/** One isolate of a deployment: its own memory, key source, circuit and events; the ledger and the provider are shared. */
export interface Isolate {
  readonly sessions: Sessions;
  readonly events: RecordedEvents;
  readonly background: RecordedBackground;
  /** A whole visit: request, answer, and the browser takes the cookies. */
  visit(browser: Browser, init?: RequestInit): Promise<RequestAuth>;
  refresh(browser: Browser): Promise<RequestAuth>;
}

export interface IsolateOptions {
  readonly sessionKeys?: string;
  readonly keyring?: Keyring;
  readonly cookie?: CookieOptions;
  readonly realm?: string;
  readonly trust?: Partial<TokenTrust>;
  readonly now?: () => number;
  /** `false`: a validator. */
  readonly renews?: boolean;
  /** `false`: a ledger of this isolate's own. */
  readonly sharesLedger?: boolean;
  readonly bufferSeconds?: number;
  readonly absoluteSeconds?: number;
  readonly idleSeconds?: number;
  readonly legacy?: LegacySessions;
  /** Absent: sessions lie in their cookies. */
  readonly store?: StoreOptions;
  /** What the store's list says of a request. */
  readonly client?: (request: Request) => AuditClient;
  readonly revocation?: Revocation;
}

export interface World {
  readonly clock: FakeClock;
  readonly issuer: Issuer;
  readonly provider: FakeProvider;
  readonly ledger: CountedLedger;
  isolate(options?: IsolateOptions): Isolate;
  /** A browser that has just signed in through that isolate. */
  signIn(isolate: Isolate, person?: TestPerson): Promise<Browser & { readonly session: Session }>;
}

let signers: Promise<[Signer, ...Signer[]]> | undefined;

/** Made once: keys cost more than everything else here. */
function someSigners(): Promise<[Signer, ...Signer[]]> {
  signers ??= Promise.all([createSigner("key_1", "ES256"), createSigner("key_2", "ES256"), createSigner("key_3")]);
  return signers;
}

export async function createWorld(): Promise<World> {
  const clock = createFakeClock();
  const issuer = createIssuer(JWKS_URL, await someSigners());
  const provider = createFakeProvider(issuer, clock);
  const ledger = countLedger(createLocalLedger(clock));

  function isolate(options: IsolateOptions = {}): Isolate {
    const { sessionKeys = SESSION_KEYS, realm = "", renews = true, sharesLedger = true, now = clock.now } = options;
    const { bufferSeconds, absoluteSeconds, idleSeconds } = options;
    const events = recordEvents();
    const background = recordBackground();
    const { emit } = events;
    const circuit = createCircuit({ now, emit });
    const runtime = { fetch: issuer.fetch, now };
    const { name, jwksUrl, verify } = provider;
    const { store, client, revocation } = options;
    const parts = {
      keyring: options.keyring ?? parseSessionKeys(sessionKeys, { now }),
      cookie: resolveCookie(options.cookie),
      realm,
      trust: { name, jwksUrl, verify, ...options.trust },
      runtime,
      emit,
      ...(idleSeconds !== undefined && { idleSeconds }),
    };
    const sessions = createSessions(
      {
        ...parts,
        keySource: createKeySource(JWKS_URL, { ...runtime, emit }),
        loginPath: "/auth/login",
        ...(options.legacy && { legacy: options.legacy }),
        ...(revocation && { revocation }),
        ...(absoluteSeconds !== undefined && { absoluteSeconds }),
        ...(renews && {
          renewal: {
            provider: guardProvider(provider, circuit),
            switchProvider: guardProvider(provider, createCircuit({ now, emit })),
            ledger: sharesLedger ? ledger : createLocalLedger({ now }),
            ledgerIsShared: sharesLedger,
            ...(bufferSeconds !== undefined && { bufferSeconds }),
          },
        }),
      },
      { ...(store && { store: connectStore(store, { ...parts, ...(client && { client }) }) }) },
    );
    return {
      sessions,
      events,
      background,
      async visit(browser, init) {
        const auth = await sessions.validate(browser.request("/", init), background);
        browser.receive(auth);
        return auth;
      },
      async refresh(browser) {
        const auth = await sessions.refresh(browser.request(), background);
        browser.receive(auth);
        return auth;
      },
    };
  }

  return {
    clock,
    issuer,
    provider,
    ledger,
    isolate,
    async signIn({ sessions, background }, person) {
      const browser = createBrowser();
      const made = await sessions.fromTokens(await provider.signIn(person), background);
      if (!made.ok) throw new Error(`The sign-in was refused: ${made.reason}`);
      const headers = new Headers();
      for (const line of await sessions.begin(browser.request(), made.session, background)) {
        headers.append("Set-Cookie", line);
      }
      browser.receive({ headers });
      return { ...browser, session: made.session };
    },
  };
}
