import type { LoginFailureReason } from "../base/failure.js";
import { readCookie } from "../cookie/cookie.js";
import { type SealBinding, seal, unseal } from "../seal/seal.js";
import {
  deleteFlowCookie,
  FLOW_SECONDS,
  flowCookieName,
  flowCookieNames,
  flowStartedAt,
  flowsToEvict,
  setFlowCookie,
} from "./flow-cookies.js";
import type { FlowParts } from "./flow-parts.js";

/** One flow among all. */
export interface FlowName {
  /** By `newFlowId`. */
  readonly id: string;
  /** Of the cookies of the host that keeps it. */
  readonly realm: string;
}

/** `cookies` deletes it: a flow ends once. */
export type OpenedFlow =
  | { readonly ok: true; readonly body: Uint8Array; readonly startedAt: number; readonly cookies: readonly string[] }
  | {
      readonly ok: false;
      readonly reason: Extract<LoginFailureReason, "state_mismatch" | "flow_cookie_missing" | "flow_expired">;
      readonly cookies: readonly string[];
    };

/** Set-Cookie lines that keep what waits in this browser for somebody to come back, and drop what waits for too long. */
export async function keepFlow(
  parts: FlowParts,
  request: Request,
  flow: FlowName,
  body: Uint8Array,
): Promise<readonly string[]> {
  const now = parts.runtime.now();
  const name = flowCookieName(flow.id);
  const text = await seal(body, { ...binding(parts, flow, now), expiresAt: now + FLOW_SECONDS });
  const evicted = flowsToEvict(flowCookieNames(request), now).map(deleteFlowCookie);
  return [setFlowCookie(name, text, FLOW_SECONDS), ...evicted];
}

/** What was kept, if it was kept in this browser. `id` is whatever came back. */
export async function openFlow(parts: FlowParts, request: Request, flow: FlowName): Promise<OpenedFlow> {
  const startedAt = flowStartedAt(flow.id);
  if (startedAt === null) return { ok: false, reason: "state_mismatch", cookies: [] };
  const now = parts.runtime.now();
  const name = flowCookieName(flow.id);
  const cookie = readCookie(request.headers.get("Cookie"), name);
  const cookies = cookie.ok ? [deleteFlowCookie(name)] : [];
  // The browser has dropped the cookie by then; the id still says why it is not there.
  if (now >= startedAt + FLOW_SECONDS) return { ok: false, reason: "flow_expired", cookies };
  if (!cookie.ok) {
    const reason = flowCookieNames(request).length > 0 ? "state_mismatch" : "flow_cookie_missing";
    return { ok: false, reason, cookies };
  }
  const opened = await unseal(cookie.text, binding(parts, flow, now));
  if (opened.ok) return { ok: true, body: opened.body, startedAt, cookies };
  return { ok: false, reason: opened.reason === "expired" ? "flow_expired" : "state_mismatch", cookies };
}

function binding({ keyring }: FlowParts, { id, realm }: FlowName, now: number): SealBinding {
  return { keyring, purpose: "flow", context: [flowCookieName(id), realm], now: () => now };
}
