import { withAuth } from "@edgeseal/workers-adapter";

export { LedgerObject } from "@edgeseal/workers-adapter/durable-objects";

export default withAuth({
  fetch: (_request, _env, _ctx, auth) => Response.json({ user: auth.user.id }),
});
