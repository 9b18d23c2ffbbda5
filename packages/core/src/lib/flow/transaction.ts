import { base64url, constantTimeEqual, randomBytes, utf8 } from "../base/bytes.js";
import type { LoginFailureReason } from "../base/failure.js";
import { readCookie } from "../cookie/cookie.js";
import { seal, unseal } from "../seal/seal.js";
import {
  deleteFlowCookie,
  FLOW_SECONDS,
  flowCookieName,
  flowCookieNames,
  flowStartedAt,
  flowsToEvict,
  newFlowId,
  setFlowCookie,
} from "./flow-cookies.js";
import type { FlowParts } from "./flow-parts.js";
import { readTexts, writeTexts } from "./sealed-texts.js";

/** What has to come back from the provider into the same browser, and what waits for it there. */
export interface Transaction {
  /** PKCE (RFC 7636). */
  readonly codeVerifier: string;
  readonly nonce: string;
  readonly returnTo: string;
  /** Name of this flow among all. */
  readonly id: string;
  /** A callback of another provider is refused (mix-up, RFC 9700 §4.4). */
  readonly providerName: string;
  /** The sign-in at the provider has to be as late as this, in epoch seconds. Absent: it was not asked. */
  readonly signedInSince?: number;
  /** What the program that began it said of itself. Absent: the browser signs in. */
  readonly client?: readonly string[];
}

/** What a new one is made of. */
export interface NewTransaction extends Omit<Transaction, "id" | "signedInSince"> {
  /** How far back the person's sign-in at the provider may lie. Absent: it is not asked. */
  readonly maxAgeSeconds?: number;
}

export type OpenedTransaction =
  | { readonly ok: true; readonly transaction: Transaction; readonly cookies: readonly string[] }
  | {
      readonly ok: false;
      readonly reason: Extract<LoginFailureReason, "state_mismatch" | "flow_cookie_missing" | "flow_expired">;
      readonly cookies: readonly string[];
    };

/**
 * Of the body. A change of its fields is a new version; the second one is of those that ask for a recent sign-in, the third
 * of those that a program began.
 */
const VERSIONS = [
  { version: 1, fields: 5 },
  { version: 2, fields: 6 },
  { version: 3, fields: 9 },
] as const;

/** A clock of the provider that runs behind ours. No more: in this time an old sign-in would pass for one of the flow. */
const CLOCK_TOLERANCE_SECONDS = 5;

/** A new flow: the `state` for the provider, and Set-Cookie lines that keep the rest in this browser. */
export async function startTransaction(
  parts: FlowParts,
  request: Request,
  transaction: NewTransaction,
): Promise<{ readonly state: string; readonly cookies: readonly string[] }> {
  const now = parts.runtime.now();
  const id = newFlowId(now);
  const name = flowCookieName(id);
  const secret = base64url(randomBytes(32));
  const { codeVerifier, nonce, returnTo, providerName, maxAgeSeconds, client } = transaction;
  const fields = [secret, codeVerifier, nonce, returnTo, providerName];
  const maxAge = maxAgeSeconds === undefined ? [] : [String(maxAgeSeconds)];
  const body = client
    ? writeTexts(3, [...fields, maxAge[0] ?? "", ...client])
    : writeTexts(1 + maxAge.length, [...fields, ...maxAge]);
  const text = await seal(body, { ...binding(parts, name, now), expiresAt: now + FLOW_SECONDS });
  const evicted = flowsToEvict(flowCookieNames(request), now).map(deleteFlowCookie);
  return { state: `${id}.${secret}`, cookies: [setFlowCookie(name, text, FLOW_SECONDS), ...evicted] };
}

/** The flow that a callback's `state` names, if it began in this browser. `cookies` deletes it: a flow ends once. */
export async function openTransaction(parts: FlowParts, request: Request, state: string): Promise<OpenedTransaction> {
  const [id = "", secret = "", ...rest] = state.split(".");
  const startedAt = flowStartedAt(id);
  if (startedAt === null || secret === "" || rest.length > 0) return refuse("state_mismatch");
  const now = parts.runtime.now();
  const name = flowCookieName(id);
  const cookie = readCookie(request.headers.get("Cookie"), name);
  const cookies = cookie.ok ? [deleteFlowCookie(name)] : [];
  // The browser has dropped the cookie by then; the id still says why it is not there.
  if (now >= startedAt + FLOW_SECONDS) return refuse("flow_expired", cookies);
  if (!cookie.ok) return refuse(flowCookieNames(request).length > 0 ? "state_mismatch" : "flow_cookie_missing");
  const opened = await unseal(cookie.text, binding(parts, name, now));
  if (!opened.ok) return refuse(opened.reason === "expired" ? "flow_expired" : "state_mismatch", cookies);
  const known = VERSIONS.find(({ version }) => version === opened.body[0]);
  const fields = known ? readTexts(opened.body, known.version, known.fields) : null;
  if (fields === null) return refuse("state_mismatch", cookies);
  const [expected = "", codeVerifier = "", nonce = "", returnTo = "", providerName = "", maxAge = "", ...client] =
    fields;
  if (!constantTimeEqual(utf8(secret), utf8(expected))) return refuse("state_mismatch", cookies);
  // A sign-in out of this very flow is recent however long the person took for it.
  const since = maxAge === "" ? undefined : Math.min(now - Number(maxAge), startedAt - CLOCK_TOLERANCE_SECONDS);
  const transaction = { id, codeVerifier, nonce, returnTo, providerName };
  // Begun by a program, where none is let in any more: it must not end in a session of this browser.
  if (client.length > 0 && !parts.handOff) return refuse("state_mismatch", cookies);
  const more = { ...(since !== undefined && { signedInSince: since }), ...(client.length > 0 && { client }) };
  return { ok: true, transaction: { ...transaction, ...more }, cookies };
}

function refuse(
  reason: Extract<OpenedTransaction, { ok: false }>["reason"],
  cookies: readonly string[] = [],
): OpenedTransaction {
  return { ok: false, reason, cookies };
}

function binding(parts: FlowParts, name: string, now: number) {
  return {
    keyring: parts.keyring,
    purpose: "flow" as const,
    context: [name, parts.realm],
    now: () => now,
  };
}
