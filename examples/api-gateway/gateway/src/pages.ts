import { env } from "cloudflare:workers";
import type { RequestAuth } from "@edgeseal/core";
import { readAuditLog } from "@edgeseal/workers-adapter";
import type { Caller } from "../../projects/src/projects.js";
import { renderHome } from "./home.js";

/** What the gateway answers itself. Guards have been asked before: see index.ts. */
export async function answerPage(request: Request, auth: RequestAuth): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  if (pathname === "/") return await renderHome(auth, searchParams.get("notice"));
  if (auth.state !== "authenticated") return auth.deny();
  if (pathname === "/audit") return await answerAudit(searchParams);
  if (pathname === "/projects" && request.method === "POST" && auth.organizationId !== undefined) {
    const caller = { userId: auth.user.id, organizationId: auth.organizationId };
    return await createProject(request, caller);
  }
  return Response.json({ error: "not_found" }, { status: 404 });
}

/** A plain form of our own page. It goes back there, so that a reload sends nothing twice. */
async function createProject(request: Request, caller: Caller): Promise<Response> {
  const form = await request.formData().catch(() => null); // TypeError: the body is no form
  const name = form?.get("name");
  const project = typeof name === "string" ? await env.PROJECTS_RPC.create(caller, name) : null;
  return new Response(null, { status: 303, headers: { Location: project ? "/" : "/?notice=invalid_name" } });
}

/** All of the log, of everybody: for those who run the gateway. */
async function answerAudit(query: URLSearchParams): Promise<Response> {
  const type = query.get("type") ?? undefined;
  const cursor = query.get("cursor") ?? undefined;
  const page = await readAuditLog(env.AUTH_DB, { type, cursor, limit: 50 });
  return page.ok ? Response.json(page) : Response.json({ error: page.reason }, { status: 400 });
}
