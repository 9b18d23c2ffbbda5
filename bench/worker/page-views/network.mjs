// Runs inside workerd: a hub and a destination, as docs/sso.md shows them. `/counts` tells what its storage was asked.
import { ssoNetwork } from "@edgeseal/core/sso";
import { defineAuth, withAuth } from "@edgeseal/workers-adapter";
import { countCalls } from "./count-calls.mjs";

export { LedgerObject } from "@edgeseal/workers-adapter/durable-objects";

const { counts, counted } = countCalls();

const authFor = defineAuth((env) => ({
  sso: ssoNetwork({
    hub: env.HUB,
    destinations: [env.BLOG],
    silent: { paths: ["/*"], except: ["/cached"] },
  }),
  ledger: { getByName: (name) => counted("ledger", env.AUTH_LEDGER.getByName(name), ["claim", "settle", "spend"]) },
  keyCache: counted("KV", env.AUTH_KV, ["get", "put", "delete"]),
  publicPaths: ["/*"],
}));

const { fetch: respond } = withAuth(authFor, {
  fetch: (_request, _env, _ctx, auth) => Response.json({ user: auth.user?.id }),
});

export default {
  fetch(request, env, ctx) {
    const { pathname } = new URL(request.url);
    if (pathname === "/counts") return Response.json(counts);
    // What a cache would answer: the Worker's own code is not asked.
    if (pathname === "/cached") return new Response("<!doctype html>");
    return respond(request, env, ctx);
  },
};
