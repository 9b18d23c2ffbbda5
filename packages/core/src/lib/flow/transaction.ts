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
}

export type OpenedTransaction =
  | { readonly ok: true; readonly transaction: Transaction; readonly cookies: readonly string[] }
  | {
      readonly ok: false;
      readonly reason: Extract<LoginFailureReason, "state_mismatch" | "flow_cookie_missing" | "flow_expired">;
      readonly cookies: readonly string[];
    };

/** Of the body. A change of its fields is a new version. */
const VERSION = 1;
const FIELDS = 5;

/** A new flow: the `state` for the provider, and Set-Cookie lines that keep the rest in this browser. */
export async function startTransaction(
  parts: FlowParts,
  request: Request,
  transaction: Omit<Transaction, "id">,
): Promise<{ readonly state: string; readonly cookies: readonly string[] }> {
  const now = parts.runtime.now();
  const id = newFlowId(now);
  const name = flowCookieName(id);
  const secret = base64url(randomBytes(32));
  const { codeVerifier, nonce, returnTo, providerName } = transaction;
  const body = writeTexts(VERSION, [secret, codeVerifier, nonce, returnTo, providerName]);
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
  const fields = readTexts(opened.body, VERSION, FIELDS);
  if (fields === null) return refuse("state_mismatch", cookies);
  const [expected = "", codeVerifier = "", nonce = "", returnTo = "", providerName = ""] = fields;
  if (!constantTimeEqual(utf8(secret), utf8(expected))) return refuse("state_mismatch", cookies);
  return { ok: true, transaction: { id, codeVerifier, nonce, returnTo, providerName }, cookies };
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
