import { base64url, utf8 } from "../base/bytes.js";
import { TIMED_OUT, withDeadline } from "../base/deadline.js";
import { AuthError, refuseConfig } from "../base/errors.js";
import { isRecord, isText } from "../base/json.js";
import { settleCrypto } from "../seal/web-crypto.js";

export interface PresentedApiKey {
  /** As it came. Never store or log it. */
  readonly key: string;
  /** SHA-256 of the key in base64url, 43 characters: what to look up, so that the store holds no key. */
  readonly sha256: string;
}

/** Whom a key stands for. */
export interface ApiKeyOwner {
  readonly clientId: string;
  readonly organizationId?: string;
  /** Default: none. */
  readonly permissions?: readonly string[];
  /** Default: none. */
  readonly roles?: readonly string[];
  /** Epoch seconds. Absent: the key does not end by itself. */
  readonly expiresAt?: number;
}

/**
 * `null`: there is no such key, or not any more. Throw when nobody can say: that is 503, and nobody is turned away for it. More
 * than 5 seconds count as that, too. Asked at every request: what is slow is for you to remember.
 */
export type ApiKeyLookup = (presented: PresentedApiKey) => ApiKeyOwner | null | Promise<ApiKeyOwner | null>;

const DEADLINE_MILLISECONDS = 5_000;
/** Of keys: those of known makers have 20 to 200 characters. */
const MAX_KEY_LENGTH = 1_024;

/** Three parts, of which the first begins like `{` in base64url. No key may look like that. */
export function looksLikeToken(text: string): boolean {
  return /^e[wy][\w-]*\.[\w-]*\.[\w-]*$/.test(text);
}

/** A sealed session is nothing to be shown to anybody's look-up. */
export function mayBeApiKey(text: string): boolean {
  return text.length <= MAX_KEY_LENGTH && !text.startsWith("es1.");
}

/** Throws `store_unreachable` when the look-up threw or took too long, `config_invalid` when it answers nonsense. */
export async function findOwner(lookup: ApiKeyLookup, key: string): Promise<ApiKeyOwner | null> {
  const sha256 = await fingerprint(key);
  const owner = await ask(async () => lookup({ key, sha256 }));
  if (owner === null) return null;
  if (!isOwner(owner)) {
    refuseConfig(["`apiKeys` must answer `null` or an object of `clientId` and lists of texts."]);
  }
  return owner;
}

/** SHA-256 in base64url. Throws `crypto_failure`. */
export async function fingerprint(text: string): Promise<string> {
  const digest = async () => crypto.subtle.digest("SHA-256", utf8(text));
  return base64url(new Uint8Array(await settleCrypto(digest())));
}

async function ask(call: () => Promise<unknown>): Promise<unknown> {
  const late = "The look-up of API keys did not answer in time.";
  try {
    const answer = await withDeadline(call(), DEADLINE_MILLISECONDS);
    if (answer !== TIMED_OUT) return answer;
  } catch (thrown) {
    // Its name alone: a message may quote the key.
    const cause = new Error(thrown instanceof Error ? thrown.name : typeof thrown);
    throw new AuthError("store_unreachable", "The look-up of API keys failed.", { cause });
  }
  throw new AuthError("store_unreachable", late);
}

function isOwner(value: unknown): value is ApiKeyOwner {
  if (!isRecord(value)) return false;
  const { clientId, organizationId, permissions, roles, expiresAt } = value;
  return (
    isText(clientId) &&
    (organizationId === undefined || isText(organizationId)) &&
    [permissions, roles].every((list) => list === undefined || (Array.isArray(list) && list.every(isText))) &&
    (expiresAt === undefined || (typeof expiresAt === "number" && Number.isFinite(expiresAt)))
  );
}
