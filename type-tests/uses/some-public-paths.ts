// The README's second example.
import { withAuth } from "@edgeseal/workers-adapter";

export { LedgerObject } from "@edgeseal/workers-adapter/durable-objects";

export default withAuth(() => ({ publicPaths: ["/", "/assets/*"] }), {
  fetch(request, env, ctx, auth) {
    if (auth.state === "authenticated") return Response.json(auth);
    return new Response("Hello, stranger");
  },
});
