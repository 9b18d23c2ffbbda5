// A Worker that has a router already: mount the routes, validate, go on.
import { hasPermission } from "@edgeseal/core/permissions";
import { defineAuth } from "@edgeseal/workers-adapter";

export { LedgerObject } from "@edgeseal/workers-adapter/durable-objects";

declare function route(request: Request, userId: string): Promise<Response>;

const authFor = defineAuth(() => ({ realm: "preview:pr-12" }));

export default {
  async fetch(request, env, ctx) {
    const own = await authFor(env).handler(request, ctx);
    if (own) return own;
    const auth = await authFor(env).validateRequest(request, ctx);
    if (auth.state !== "authenticated") return auth.deny();
    if (!hasPermission(auth, "projects:read")) return auth.deny({ permission: "projects:read" });
    return auth.apply(await route(request, auth.user.id));
  },
} satisfies ExportedHandler<Env>;
