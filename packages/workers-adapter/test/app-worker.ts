import { withAuth } from "../src/index.js";
import { failing } from "./unreliable-worker.js";

/** The quick start of the README: all from env. */
const app = withAuth({
  fetch(_request, _env, _ctx, auth) {
    const { user, refreshed, degraded, expiresAt } = auth;
    return Response.json({ user: user.id, refreshed, degraded, expiresAt });
  },
});

export default failing(app);
export { LedgerObject } from "./unreliable-worker.js";
