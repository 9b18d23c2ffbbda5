import { isWebSocketUpgrade } from "../policy/same-origin.js";
import type { Credential } from "./carrier.js";
import type { SessionParts } from "./session-parts.js";

/** The older text a request brought, where it is still read and nothing of ours came along; `null` otherwise. */
export function legacyText(parts: SessionParts, read: Credential, request: Request, now: number): string | null {
  if (read.ok || read.legacy === undefined || parts.legacy === undefined || now >= parts.legacy.until) return null;
  // Its seal names no host: where cookies are of one host alone, whoever has that domain tomorrow could show it elsewhere.
  if (parts.realmAt !== undefined && parts.realmAt(request) !== parts.realm) return null;
  // The wall in front of sockets knows our cookie's name alone. Whoever loads a page first is moved in by then.
  return isWebSocketUpgrade(request) ? null : read.legacy;
}
