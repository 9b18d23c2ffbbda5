import { base64url, concatBytes, lengthPrefixed, sha256 } from "../base/bytes.js";
import { TIMED_OUT, withDeadline } from "../base/deadline.js";
import { AuthError } from "../base/errors.js";
import type { Background, KeyValueStore, Ledger } from "../base/ports.js";
import type { TokenClaims } from "./identity-claims.js";

/** Whether this token was seen before; remembers it. `expiresAt`: no longer accepted from then on. */
export type SeenBefore = (
  token: TokenClaims,
  times: { readonly now: number; readonly expiresAt: number },
  background?: Background,
) => Promise<boolean>;

const STORE_MILLISECONDS = 250;
const LEDGER_MILLISECONDS = 1_000;
/** KV refuses less. */
const MIN_TTL_SECONDS = 60;

/**
 * Best effort: a key-value store is late, may answer with what it has cached, and one that is down stops nobody. It makes
 * a second use harder, not impossible.
 */
export function replayInStore(store: KeyValueStore): SeenBefore {
  return async (token, { now, expiresAt }, background) => {
    const key = `edgeseal:identity:${await nameOf(token)}`;
    const found = await withDeadline(stored(store, key), STORE_MILLISECONDS);
    if (found !== null && found !== TIMED_OUT) return true;
    const written = remember(store, key, Math.max(MIN_TTL_SECONDS, expiresAt - now));
    if (background) background.waitUntil(written);
    else await withDeadline(written, STORE_MILLISECONDS);
    return false;
  };
}

async function stored(store: KeyValueStore, key: string): Promise<unknown> {
  try {
    return await store.get(key);
  } catch {
    return null; // whatever a store throws: nobody knows, and its outage must not be one of ours
  }
}

async function remember(store: KeyValueStore, key: string, expirationTtl: number): Promise<void> {
  try {
    await store.put(key, "1", { expirationTtl });
  } catch {
    // The same: the token was good, and that it is not remembered costs no more than having no store.
  }
}

/** Exact: the ledger gives each name once. Throws `store_unreachable` when it cannot say. */
export function replayInLedger(ledger: Ledger): SeenBefore {
  return async (token, { expiresAt }) => {
    const name = await nameOf(token);
    try {
      const spent = await withDeadline(ledger.getByName(name).spend(expiresAt), LEDGER_MILLISECONDS);
      if (spent === TIMED_OUT) throw new TypeError("No answer in time.");
      return !spent;
    } catch (cause) {
      throw new AuthError("store_unreachable", "The ledger of identities that were used did not answer.", { cause });
    }
  };
}

async function nameOf({ iss, aud, jti }: TokenClaims): Promise<string> {
  const parts = ["edgeseal/identity", iss, aud, jti].map(lengthPrefixed);
  return base64url(await sha256(concatBytes(...parts)));
}
