import type { Auth } from "../src/lib/auth/auth.js";
import { createAuth } from "../src/lib/auth/create-auth.js";
import { oidc } from "../src/lib/provider/oidc.js";
import type { Provider } from "../src/lib/provider/provider.js";
import { workos } from "../src/lib/provider/workos.js";
import { generateSessionKeys } from "../src/lib/seal/generate-session-keys.js";
import { parseSessionKeys } from "../src/lib/seal/parse-session-keys.js";
import { createFakeClock, type FakeClock } from "../src/lib/testing/fake-clock.js";
import { createMemoryLedger } from "../src/lib/testing/memory-ledger.js";
import { createMemoryStore } from "../src/lib/testing/memory-store.js";
import type { TestProviderKind } from "../src/lib/testing/scripted-provider.js";
import { createTestProvider, type TestProvider, type TestProviderOptions } from "../src/lib/testing/test-provider.js";
import { type Browser, createBrowser, ORIGIN } from "./browser.js";
import { type RecordedBackground, recordBackground } from "./recorders.js";

const clientId = "client_01TESTTESTTEST";
const issuer = "https://login.example.com";
const redirectUri = `${ORIGIN}/auth/callback`;

/** What the kit says it stands for, and the real provider of ours that is pointed at it. */
const KINDS = {
  workos: {
    as: { workos: { clientId } },
    make: (runtime: Runtime): Provider =>
      workos({ clientId, apiKey: "sk_test_0123456789abcdef", redirectUri, ...runtime }),
  },
  oidc: {
    as: { oidc: { issuer, clientId } },
    make: (runtime: Runtime): Provider =>
      oidc({ issuer, clientId, clientSecret: "1f8d0a7cb4e94", redirectUri, ...runtime }),
  },
} as const satisfies Record<string, { as: TestProviderKind; make: (runtime: Runtime) => Provider }>;

interface Runtime {
  readonly fetch: TestProvider["fetch"];
  readonly now: () => number;
}

export interface Kit {
  readonly provider: TestProvider;
  readonly auth: Auth;
  readonly clock: FakeClock;
  readonly background: RecordedBackground;
  /** A browser with that Cookie header. */
  browser(cookie?: string): Browser;
}

/** An app as its developer would test it: an auth of ours on the published kit alone. */
export function createKit(kind: keyof typeof KINDS, more: Partial<TestProviderOptions> = {}): Kit {
  const clock = createFakeClock();
  const sessionKeys = generateSessionKeys();
  const { as, make } = KINDS[kind];
  const provider = createTestProvider({ as, sessionKeys, now: clock.now, ...more });
  const runtime = { fetch: provider.fetch, now: clock.now };
  const auth = createAuth({
    keyring: parseSessionKeys(sessionKeys),
    provider: make(runtime),
    ...runtime,
    ledger: createMemoryLedger(clock),
    keyCache: createMemoryStore(clock),
    ...(more.cookie && { cookie: more.cookie }),
    ...(more.realm !== undefined && { realm: more.realm }),
  });
  return {
    provider,
    auth,
    clock,
    background: recordBackground(),
    browser(cookie = "") {
      const browser = createBrowser();
      for (const pair of cookie.split("; ")) {
        const [name = "", value] = pair.split("=");
        if (value !== undefined) browser.plant(value, name);
      }
      return browser;
    },
  };
}
