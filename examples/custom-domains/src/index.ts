import { withAuth } from "@edgeseal/workers-adapter";
import { authFor } from "./auth.js";
import { authProxy } from "./auth-host.js";
import { answerPage } from "./pages.js";
import { answerPost } from "./posts.js";
import { AUTH_HOST, siteAt } from "./sites.js";

export { LedgerObject, RevocationObject } from "@edgeseal/workers-adapter/durable-objects";

/** Signing in, the silent question to the hub, and who is there. */
const sites = withAuth(authFor, {
  fetch: (request, _env, _ctx, auth) => answerPage(request, auth),
});

/** Every host comes here: the provider's, the hub, and one for each customer. */
export default {
  async fetch(request, env, ctx) {
    const { host, pathname } = new URL(request.url);
    if (host === AUTH_HOST) return await authProxy(request, ctx);
    const site = siteAt(host);
    if (site === null) return new Response("No site of ours.\n", { status: 421 });
    // Before anybody is known: what is the same for everybody may come from a cache.
    if (pathname.startsWith("/posts/")) return await answerPost(request, ctx, site);
    return await sites.fetch(request, env, ctx);
  },
} satisfies ExportedHandler<Env>;
