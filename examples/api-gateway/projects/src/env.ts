/** As in wrangler.jsonc. By hand, because the gateway's compiler reads this Worker, too, and has an `Env` of its own. */
export interface ProjectsEnv {
  readonly PROJECTS_DB: D1Database;
  readonly IDENTITY_ISSUER: string;
  /** Public keys of the gateway, as JSON. */
  readonly IDENTITY_KEYS: string;
}
