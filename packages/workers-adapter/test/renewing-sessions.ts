import { exports } from "cloudflare:workers";
import {
  type Auth,
  type AuthOptions,
  createAuth,
  generateSessionKeys,
  type Ledger,
  type LedgerResult,
  parseSessionKeys,
} from "@edgeseal/core";
import { workos } from "@edgeseal/core/providers/workos";
import { opaqueStore } from "@edgeseal/core/store";
import { createTestProvider, type TestProvider } from "@edgeseal/core/testing";
import { defineAuth } from "../src/lib/define-auth.js";
import { sessionObject } from "../src/lib/session-object.js";

const CLIENT_ID = "client_01TESTTESTTEST";

/** The provider of one test, and what happens between the ledger and who asked it. */
export interface World {
  readonly provider: TestProvider;
  /** Called once the ledger has confirmed what a refresh brought. */
  settled: () => void | Promise<void>;
}

let world: { readonly provider: TestProvider; readonly keys: string; settled: World["settled"] } | undefined;

/** A provider with nobody signed in. */
export function newWorld(): World {
  const keys = world?.keys ?? generateSessionKeys();
  const provider = createTestProvider({ as: { workos: { clientId: CLIENT_ID } }, sessionKeys: keys });
  world = { provider, keys, settled: () => undefined };
  return world;
}

function theWorld(): NonNullable<typeof world> {
  if (!world) throw new Error("The test has made no world.");
  return world;
}

/** Of every isolate. */
export function options(): Pick<AuthOptions, "keyring" | "provider" | "fetch" | "ledger" | "store"> {
  const fetch: TestProvider["fetch"] = (input, init) => theWorld().provider.fetch(input as string, init);
  return {
    keyring: parseSessionKeys(theWorld().keys),
    provider: workos({
      clientId: CLIENT_ID,
      apiKey: "sk_test_0123456789abcdef",
      redirectUri: "https://app.example.com/auth/callback",
      fetch,
    }),
    fetch,
    ledger: tellingLedger(exports.LedgerObject),
    store: opaqueStore({ home: exports.RenewingSessions }),
  };
}

function tellingLedger(ledger: Ledger): Ledger {
  return {
    getByName(name) {
      const entry = ledger.getByName(name);
      return {
        claim: (request) => entry.claim(request),
        spend: (expiresAt) => entry.spend(expiresAt),
        async settle(result: LedgerResult) {
          const answer = await entry.settle(result);
          if (result.kind === "next") await theWorld().settled();
          return answer;
        },
      };
    },
  };
}

/** One isolate of the same deployment: what it remembers is its own. */
export function isolate(): Auth {
  return createAuth(options());
}

/** The auth of a Worker with options of its own, and the objects that renew by it. */
export class RenewingSessions extends sessionObject(defineAuth(options)) {}
