import { base64url, constantTimeEqual, randomBytes, utf8 } from "../base/bytes.js";
import { newFlowId } from "./flow-cookies.js";
import type { FlowParts } from "./flow-parts.js";
import { keepFlow, type OpenedFlow, openFlow } from "./kept-flow.js";
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
  | Extract<OpenedFlow, { readonly ok: false }>;

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
  const id = newFlowId(parts.runtime.now());
  const secret = base64url(randomBytes(32));
  const { codeVerifier, nonce, returnTo, providerName, maxAgeSeconds, client } = transaction;
  const fields = [secret, codeVerifier, nonce, returnTo, providerName];
  const maxAge = maxAgeSeconds === undefined ? [] : [String(maxAgeSeconds)];
  const body = client
    ? writeTexts(3, [...fields, maxAge[0] ?? "", ...client])
    : writeTexts(1 + maxAge.length, [...fields, ...maxAge]);
  const cookies = await keepFlow(parts, request, { id, realm: parts.realm }, body);
  return { state: `${id}.${secret}`, cookies };
}

/** The flow that a callback's `state` names, if it began in this browser. `cookies` deletes it: a flow ends once. */
export async function openTransaction(parts: FlowParts, request: Request, state: string): Promise<OpenedTransaction> {
  const [id = "", secret = "", ...rest] = state.split(".");
  if (secret === "" || rest.length > 0) return refuse([]);
  const opened = await openFlow(parts, request, { id, realm: parts.realm });
  if (!opened.ok) return opened;
  const { startedAt, cookies } = opened;
  const known = VERSIONS.find(({ version }) => version === opened.body[0]);
  const fields = known ? readTexts(opened.body, known.version, known.fields) : null;
  if (fields === null) return refuse(cookies);
  const [expected = "", codeVerifier = "", nonce = "", returnTo = "", providerName = "", maxAge = "", ...client] =
    fields;
  if (!constantTimeEqual(utf8(secret), utf8(expected))) return refuse(cookies);
  // A sign-in out of this very flow is recent however long the person took for it.
  const now = parts.runtime.now();
  const since = maxAge === "" ? undefined : Math.min(now - Number(maxAge), startedAt - CLOCK_TOLERANCE_SECONDS);
  const transaction = { id, codeVerifier, nonce, returnTo, providerName };
  // Begun by a program, where none is let in any more: it must not end in a session of this browser.
  if (client.length > 0 && !parts.handOff) return refuse(cookies);
  const more = { ...(since !== undefined && { signedInSince: since }), ...(client.length > 0 && { client }) };
  return { ok: true, transaction: { ...transaction, ...more }, cookies };
}

function refuse(cookies: readonly string[]): OpenedTransaction {
  return { ok: false, reason: "state_mismatch", cookies };
}
