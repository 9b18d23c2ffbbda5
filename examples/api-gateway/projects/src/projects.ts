/** Who asks, and whose projects it is about. */
export interface Caller {
  readonly userId: string;
  readonly organizationId: string;
}

export interface Project {
  readonly id: string;
  readonly name: string;
  readonly createdBy: string;
  /** ISO 8601. */
  readonly createdAt: string;
}

const COLUMNS = "id, name, created_by AS createdBy, created_at AS createdAt";

/** Newest first. */
export async function listProjects(db: D1Database, { organizationId }: Caller): Promise<readonly Project[]> {
  const { results } = await db
    .prepare(`SELECT ${COLUMNS} FROM projects WHERE organization_id = ? ORDER BY created_at DESC, id LIMIT 100`)
    .bind(organizationId)
    .all<Project>();
  return results;
}

/** `null` where there is none, and where there is one that belongs to somebody else: nobody learns which. */
export async function findProject(db: D1Database, { organizationId }: Caller, id: string): Promise<Project | null> {
  return await db
    .prepare(`SELECT ${COLUMNS} FROM projects WHERE organization_id = ? AND id = ?`)
    .bind(organizationId, id)
    .first<Project>();
}

/** `null` for a name that is none: 1 to 80 characters without blanks around them. */
export async function createProject(db: D1Database, caller: Caller, wanted: string): Promise<Project | null> {
  const name = wanted.trim();
  if (name === "" || name.length > 80) return null;
  const project: Project = {
    id: crypto.randomUUID(),
    name,
    createdBy: caller.userId,
    createdAt: new Date().toISOString(),
  };
  await db
    .prepare("INSERT INTO projects (organization_id, id, name, created_by, created_at) VALUES (?, ?, ?, ?, ?)")
    .bind(caller.organizationId, project.id, project.name, project.createdBy, project.createdAt)
    .run();
  return project;
}
