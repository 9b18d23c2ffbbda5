import { WorkerEntrypoint } from "cloudflare:workers";
import type { ProjectsEnv } from "./env.js";
import { type Caller, createProject, listProjects, type Project } from "./projects.js";

/**
 * The other way in, for the gateway's own pages: methods that only a Worker with the binding can call. Nothing has to be
 * signed, because there is nobody in between; whoever calls has asked for the permission before.
 */
export class ProjectsRpc extends WorkerEntrypoint<ProjectsEnv> {
  async list(caller: Caller): Promise<readonly Project[]> {
    return await listProjects(this.env.PROJECTS_DB, caller);
  }

  async create(caller: Caller, name: string): Promise<Project | null> {
    return await createProject(this.env.PROJECTS_DB, caller, name);
  }
}
