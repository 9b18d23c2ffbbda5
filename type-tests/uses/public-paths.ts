// Public paths: the handler meets all three visitors. The inline `configure` knows the project's own env.
import { workos } from "@edgeseal/core/providers/workos";
import { withAuth } from "@edgeseal/workers-adapter";

export default withAuth(
  (env) => ({
    provider: workos({
      clientId: env.WORKOS_CLIENT_ID,
      apiKey: env.WORKOS_API_KEY,
      redirectUri: env.WORKOS_REDIRECT_URI,
    }),
    publicPaths: ["/", "/assets/*"],
    cookie: { domain: "example.com" },
    async onLogin({ user }) {
      await env.PEOPLE.prepare("insert or ignore into people values (?)").bind(user.id).run();
    },
  }),
  {
    fetch(_request, env, ctx, auth) {
      ctx.waitUntil(env.AUDIT_QUEUE.send("seen"));
      if (auth.state === "authenticated") return Response.json(auth);
      if (auth.state === "unavailable") return new Response(`again in ${auth.retryAfterSeconds} s`);
      return new Response(auth.reason);
    },
    async scheduled(_event, env) {
      await env.AUTH_KV.get("x");
    },
  },
);
