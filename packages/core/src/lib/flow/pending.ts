import { readCookie } from "../cookie/cookie.js";
import { seal, unseal } from "../seal/seal.js";
import { deleteFlowCookie, FLOW_SECONDS, setFlowCookie } from "./flow-cookies.js";
import type { FlowParts } from "./flow-parts.js";
import { readTexts, writeTexts } from "./sealed-texts.js";

/** A sign-in that waits for the choice of an organisation. */
export interface PendingSignIn {
  /** The provider's; goes back to it with the choice. Never in a page. */
  readonly pendingToken: string;
  readonly returnTo: string;
  readonly providerName: string;
}

const NAME = "__Host-edgeseal-pending";
/** Of the body. A change of its fields is a new version. */
const VERSION = 1;
const FIELDS = 3;

/** A Set-Cookie line that keeps the waiting sign-in in this browser for 10 minutes. */
export async function keepPending(parts: FlowParts, pending: PendingSignIn): Promise<string> {
  const now = parts.runtime.now();
  const body = writeTexts(VERSION, [pending.pendingToken, pending.returnTo, pending.providerName]);
  const text = await seal(body, { ...binding(parts, now), expiresAt: now + FLOW_SECONDS });
  return setFlowCookie(NAME, text, FLOW_SECONDS);
}

/** The sign-in that waits in this browser; why there is none otherwise. */
export async function openPending(
  parts: FlowParts,
  request: Request,
): Promise<PendingSignIn | "flow_cookie_missing" | "flow_expired"> {
  const cookie = readCookie(request.headers.get("Cookie"), NAME);
  if (!cookie.ok) return "flow_cookie_missing";
  const opened = await unseal(cookie.text, binding(parts, parts.runtime.now()));
  if (!opened.ok) return opened.reason === "expired" ? "flow_expired" : "flow_cookie_missing";
  const fields = readTexts(opened.body, VERSION, FIELDS);
  if (fields === null) return "flow_cookie_missing";
  const [pendingToken = "", returnTo = "", providerName = ""] = fields;
  return providerName === parts.provider.name ? { pendingToken, returnTo, providerName } : "flow_cookie_missing";
}

/** Set-Cookie lines that end the waiting; none when nothing waits. */
export function deletePending(request: Request): readonly string[] {
  const cookie = readCookie(request.headers.get("Cookie"), NAME);
  return !cookie.ok && cookie.reason === "absent" ? [] : [deleteFlowCookie(NAME)];
}

function binding(parts: FlowParts, now: number) {
  return { keyring: parts.keyring, purpose: "pending" as const, context: [NAME, parts.realm], now: () => now };
}
