import { base64url, concatBytes, fromBase64url, randomBytes } from "../base/bytes.js";
import { clearCookie, listCookieNames, serializeCookie } from "../cookie/cookie.js";

/** How long somebody may take at the provider. */
export const FLOW_SECONDS = 600;

const FLOW_PREFIX = "__Host-edgeseal-flow-";
/** Sign-ins at once in one browser; more are abandoned ones. */
const MAX_FLOWS = 5;
/** A request may carry thousands of cookies; the answer stays small whatever it carries. */
const MAX_DELETIONS = 20;
const TIME_LENGTH = 4;
const RANDOM_LENGTH = 8;
/** In base64url. */
const ID_LENGTH = ((TIME_LENGTH + RANDOM_LENGTH) * 4) / 3;

/** Names one flow: when it began (u32, big-endian) and 8 random bytes, so that its age is told without opening it. */
export function newFlowId(now: number): string {
  const time = new Uint8Array(TIME_LENGTH);
  new DataView(time.buffer).setUint32(0, now);
  return base64url(concatBytes(time, randomBytes(RANDOM_LENGTH)));
}

/** When a flow of this id began, epoch seconds; `null` when the id is none of ours. */
export function flowStartedAt(id: string): number | null {
  const bytes = fromBase64url(id);
  if (bytes === null || bytes.length !== TIME_LENGTH + RANDOM_LENGTH) return null;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
}

export function flowCookieName(id: string): string {
  return FLOW_PREFIX + id;
}

/**
 * Names of the flow cookies a request carries, none longer than ours: what somebody else made might be more than we could
 * write again to delete it.
 */
export function flowCookieNames(request: Request): readonly string[] {
  const names = listCookieNames(request.headers.get("Cookie"), FLOW_PREFIX);
  return names.filter((name) => name.length <= FLOW_PREFIX.length + ID_LENGTH);
}

/** Which flow cookies go when one more is set: what is too old or no id of ours, then the oldest ones above the limit. */
export function flowsToEvict(names: readonly string[], now: number): readonly string[] {
  const alive: { readonly name: string; readonly startedAt: number }[] = [];
  const evicted: string[] = [];
  for (const name of names) {
    const startedAt = flowStartedAt(name.slice(FLOW_PREFIX.length));
    if (startedAt === null || now >= startedAt + FLOW_SECONDS) evicted.push(name);
    else alive.push({ name, startedAt });
  }
  alive.sort((a, b) => b.startedAt - a.startedAt);
  evicted.push(...alive.slice(MAX_FLOWS - 1).map((flow) => flow.name));
  return evicted.slice(0, MAX_DELETIONS);
}

/**
 * A cookie of a flow. Lax, because the callback is a navigation that another site starts; host-only, also where the
 * session is shared with a parent domain: a sibling host must neither read nor plant one.
 */
export function setFlowCookie(name: string, value: string, maxAgeSeconds: number): string {
  return serializeCookie(name, value, { sameSite: "lax", maxAgeSeconds });
}

export function deleteFlowCookie(name: string): string {
  return clearCookie(name, { sameSite: "lax" });
}

/** Deletes every flow cookie the request carries. */
export function deleteFlowCookies(request: Request): readonly string[] {
  return flowCookieNames(request).slice(0, MAX_DELETIONS).map(deleteFlowCookie);
}
