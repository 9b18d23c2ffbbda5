import { withAuth } from "../src/index.js";
import { failing } from "./unreliable-worker.js";

/** Every path is public, and guards itself: so that an answer without a visitor can say why, which it else never does. */
const app = withAuth(() => ({ publicPaths: ["/*"] }), {
  fetch(_request, _env, _ctx, auth) {
    if (auth.state !== "authenticated") {
      const answer = auth.deny();
      answer.headers.set("X-Reason", auth.reason);
      return answer;
    }
    const { refreshed, degraded, expiresAt } = auth;
    return Response.json({ refreshed, degraded, expiresAt });
  },
});

export default failing(app);
export { LedgerObject } from "./unreliable-worker.js";
