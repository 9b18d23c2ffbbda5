import type { AuditClient } from "@edgeseal/core";
import { clientAddress } from "./client-address.js";

/** The address as Cloudflare saw it, and the browser's own word on what it is. Empty text is not told. */
export function auditClient(request: Request): AuditClient {
  return { ipAddress: clientAddress(request), userAgent: request.headers.get("User-Agent") ?? "" };
}
