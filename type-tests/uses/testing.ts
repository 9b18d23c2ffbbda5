// The kit fits what it stands for, and what a test puts it behind.
import type { KeyValueStore, Ledger, Runtime } from "@edgeseal/core";
import { createAuth, parseSessionKeys } from "@edgeseal/core";
import { oidc } from "@edgeseal/core/providers/oidc";
import {
  createFakeClock,
  createMemoryLedger,
  createMemoryStore,
  createTestProvider,
  type TestPerson,
  type TestProvider,
} from "@edgeseal/core/testing";

declare const sessionKeys: string;
const clock = createFakeClock();
const place = { issuer: "https://login.example.com", clientId: "app" };
const provider: TestProvider = createTestProvider({ as: { oidc: place }, sessionKeys, now: clock.now });

export const keyCache: KeyValueStore = createMemoryStore({ now: clock.now, delaySeconds: 0 });
export const ledger: Ledger = createMemoryLedger(clock);
export const asPort: Runtime["fetch"] = provider.fetch;
export const asGlobal: typeof globalThis.fetch = provider.fetch;
export const auth = createAuth({
  keyring: parseSessionKeys(sessionKeys, clock),
  provider: oidc({
    ...place,
    clientSecret: "of the test",
    redirectUri: "https://app.example.com/auth/callback",
    fetch: provider.fetch,
    ...clock,
  }),
  fetch: provider.fetch,
  now: clock.now,
  ledger,
  keyCache,
});

const person: TestPerson = { role: "admin", permissions: ["projects:read"], claims: { plan: "team" } };
export const Cookie: Promise<string> = provider.cookieFor({ ...person, expiresInSeconds: -30 });
export const Authorization: Promise<string> = provider.bearerFor(person).then((token) => `Bearer ${token}`);
provider.fail("refresh", "429", 2);
provider.fail("jwks", { afterMilliseconds: 1500 });
provider.fail("exchange", { status: 503, retryAfter: "120" });
provider.rotateKeys();
clock.advance(3600);
export const asked: readonly number[] = provider.calls.filter(({ kind }) => kind === "refresh").map(({ at }) => at);
