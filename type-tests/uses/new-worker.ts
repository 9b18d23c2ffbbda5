// The README's quick start, as it stands there.
// src/index.ts
import { withAuth } from "@edgeseal/workers-adapter";

export { LedgerObject } from "@edgeseal/workers-adapter/durable-objects";

export default withAuth({
  fetch(request, env, ctx, auth) {
    return new Response(`Hello ${auth.user.email ?? auth.user.id}`);
  },
});
