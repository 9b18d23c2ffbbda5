// Where events go, beside or in place of the table that AUTH_DB alone fills.
import { consoleAudit } from "@edgeseal/core";
import { analyticsAudit, defineAuth, withAuth } from "@edgeseal/workers-adapter";

interface Env extends Cloudflare.Env {
  readonly AUTH_EVENTS: Queue;
  readonly AUTH_METRICS: AnalyticsEngineDataset;
}

const authFor = defineAuth<Env>((env) => ({
  audit: [env.AUTH_EVENTS, analyticsAudit(env.AUTH_METRICS), consoleAudit()],
}));

export default withAuth(authFor, {
  fetch: (_request, _env, _ctx, auth) => new Response(`Hello ${auth.user.email ?? auth.user.id}`),
});
