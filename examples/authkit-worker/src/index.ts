import { hasPermission } from "@edgeseal/core/permissions";
import { withAuth } from "@edgeseal/workers-adapter";
import { cookieFacts } from "./cookie-facts.js";
import { renderPage } from "./page.js";

export { LedgerObject } from "@edgeseal/workers-adapter/durable-objects";

/** Provider, keys, KV and ledger come from env; `/` is for everybody, all else for signed-in people. */
export default withAuth(() => ({ publicPaths: ["/"] }), {
  async fetch(request, env: DemoEnv, _ctx, auth) {
    const { pathname } = new URL(request.url);
    if (pathname === "/") return renderPage(auth, await cookieFacts(request, auth, env), env);
    if (pathname !== "/api/projects") return Response.json({ error: "not_found" }, { status: 404 });
    // Nobody gets here without a session; what is left is to tell people apart.
    if (auth.state !== "authenticated") return auth.deny();
    if (!hasPermission(auth, "projects:read")) return auth.deny({ permission: "projects:read" });
    return Response.json({ organization: auth.organizationId, projects: ["Lighthouse", "Tide table"] });
  },
});

/** The Worker's own env, and what only `pnpm demo` sets. */
export interface DemoEnv extends Env {
  /** Where the page may ask for a rotation of the keys: an address on this machine. */
  readonly DEMO_CONTROL?: string;
  /** Names by id, as JSON: the emulator leaves them out of memberships, the real service does not. */
  readonly DEMO_ORGANIZATIONS?: string;
}
