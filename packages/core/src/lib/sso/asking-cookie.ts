import { base64url, randomBytes } from "../base/bytes.js";
import type { LoginFailureReason } from "../base/failure.js";
import { readCookie } from "../cookie/cookie.js";
import {
  deleteFlowCookie,
  FLOW_SECONDS,
  flowCookieName,
  flowCookieNames,
  flowStartedAt,
  flowsToEvict,
  newFlowId,
  setFlowCookie,
} from "../flow/flow-cookies.js";
import type { FlowParts } from "../flow/flow-parts.js";
import { readTexts, writeTexts } from "../flow/sealed-texts.js";
import { seal, unseal } from "../seal/seal.js";

/** What a destination keeps in the browser while it asks the hub. */
export interface Asking {
  /** Nobody but this browser and this destination knows it. */
  readonly secret: string;
  readonly returnTo: string;
  readonly silent: boolean;
}

export type OpenedAsking =
  | { readonly ok: true; readonly asking: Asking; readonly cookies: readonly string[] }
  | {
      readonly ok: false;
      readonly reason: Extract<LoginFailureReason, "state_mismatch" | "flow_cookie_missing" | "flow_expired">;
      readonly cookies: readonly string[];
    };

const VERSION = 1;
const FIELDS = 3;

/** Sealed for this destination: `realm` is that of its cookies. */
export async function startAsking(
  parts: FlowParts,
  request: Request,
  realm: string,
  { returnTo, silent }: Omit<Asking, "secret">,
): Promise<{ readonly state: string; readonly secret: string; readonly cookies: readonly string[] }> {
  const now = parts.runtime.now();
  const state = newFlowId(now);
  const name = flowCookieName(state);
  const secret = base64url(randomBytes(32));
  const body = writeTexts(VERSION, [secret, returnTo, silent ? "silent" : ""]);
  const text = await seal(body, { ...binding(parts, name, realm, now), expiresAt: now + FLOW_SECONDS });
  const evicted = flowsToEvict(flowCookieNames(request), now).map(deleteFlowCookie);
  return { state, secret, cookies: [setFlowCookie(name, text, FLOW_SECONDS), ...evicted] };
}

/** What this browser was sent to the hub with. `cookies` deletes it: it is answered once. */
export async function openAsking(
  parts: FlowParts,
  request: Request,
  realm: string,
  state: string,
): Promise<OpenedAsking> {
  const startedAt = flowStartedAt(state);
  if (startedAt === null) return { ok: false, reason: "state_mismatch", cookies: [] };
  const now = parts.runtime.now();
  const name = flowCookieName(state);
  const cookie = readCookie(request.headers.get("Cookie"), name);
  if (!cookie.ok) {
    const reason = now >= startedAt + FLOW_SECONDS ? "flow_expired" : "flow_cookie_missing";
    return { ok: false, reason, cookies: [] };
  }
  const cookies = [deleteFlowCookie(name)];
  const opened = await unseal(cookie.text, binding(parts, name, realm, now));
  const texts = opened.ok ? readTexts(opened.body, VERSION, FIELDS) : null;
  if (texts === null) {
    const reason = !opened.ok && opened.reason === "expired" ? "flow_expired" : "state_mismatch";
    return { ok: false, reason, cookies };
  }
  const [secret = "", returnTo = "/", silent] = texts;
  return { ok: true, asking: { secret, returnTo, silent: silent === "silent" }, cookies };
}

function binding({ keyring }: FlowParts, name: string, realm: string, now: number) {
  return { keyring, purpose: "flow" as const, context: [name, realm], now: () => now };
}
