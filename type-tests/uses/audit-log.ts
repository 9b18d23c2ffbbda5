// What happened in an organisation, for those who run it.
import type { Authenticated } from "@edgeseal/core";
import { readAuditLog } from "@edgeseal/workers-adapter";

export async function log(request: Request, db: D1Database, auth: Authenticated): Promise<Response> {
  const { organizationId } = auth;
  if (organizationId === undefined) return auth.deny({ organization: true });
  const cursor = new URL(request.url).searchParams.get("cursor") ?? undefined;
  const page = await readAuditLog(db, { organizationId, cursor, limit: 50 });
  return page.ok ? Response.json(page) : new Response("Unknown page", { status: 400 });
}
