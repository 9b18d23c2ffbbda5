import type { VerifiedIdentity } from "@edgeseal/core/identity";
import { hasPermission } from "@edgeseal/core/permissions";
import { type Caller, createProject, findProject, listProjects } from "./projects.js";

/** `/projects`, `/projects/:id` and `/caller`. The organisation is the identity's; a request cannot name another one. */
export async function answerApi(
  request: Request,
  db: D1Database,
  identity: VerifiedIdentity | null,
): Promise<Response> {
  if (!identity?.organizationId) return refuse(403, "forbidden");
  const caller: Caller = { userId: identity.userId, organizationId: identity.organizationId };
  const { pathname } = new URL(request.url);
  if (pathname === "/caller") {
    const { role, permissions } = identity;
    return Response.json({ ...caller, role, permissions, headers: [...request.headers.keys()] });
  }

  const isWrite = request.method === "POST";
  if (!hasPermission(identity, isWrite ? "projects:write" : "projects:read")) return refuse(403, "forbidden");
  if (pathname === "/projects") {
    return isWrite ? await create(request, db, caller) : Response.json({ projects: await listProjects(db, caller) });
  }
  const [, id] = /^\/projects\/([\w-]{1,64})$/.exec(pathname) ?? [];
  const project = id === undefined || isWrite ? null : await findProject(db, caller, id);
  return project === null ? refuse(404, "not_found") : Response.json(project);
}

async function create(request: Request, db: D1Database, caller: Caller): Promise<Response> {
  const project = await createProject(db, caller, nameIn(await request.text()));
  return project === null ? refuse(400, "invalid_name") : Response.json(project, { status: 201 });
}

/** Empty where there is none. */
function nameIn(text: string): string {
  try {
    const body: unknown = JSON.parse(text);
    const name = typeof body === "object" && body !== null && "name" in body ? body.name : "";
    return typeof name === "string" ? name : "";
  } catch {
    return ""; // SyntaxError: no JSON
  }
}

function refuse(status: number, error: string): Response {
  return Response.json({ error }, { status });
}
