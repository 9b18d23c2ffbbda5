import { withAuth } from "../src/index.js";

export { LedgerObject } from "../src/durable-objects.js";

/** The quick start of the README: all from env. */
export default withAuth({
  fetch(_request, _env, _ctx, auth) {
    return Response.json({ user: auth.user.id, refreshed: auth.refreshed, degraded: auth.degraded });
  },
});
