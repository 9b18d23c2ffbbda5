import { SessionObject } from "../src/durable-objects.js";
import { withAuth } from "../src/index.js";
import { failing } from "./unreliable-worker.js";

/** The quick start of the README with one more class exported: all from env. */
const app = withAuth({
  fetch: (_request, _env, _ctx, auth) => Response.json({ user: auth.user.id, degraded: auth.degraded }),
});

export default failing(app);
export { LedgerObject } from "./unreliable-worker.js";
export { SessionObject };
