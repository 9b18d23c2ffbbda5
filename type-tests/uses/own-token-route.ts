// A router of the app's own that answers the page which posts the code, at a path of its own.
import { defineAuth } from "@edgeseal/workers-adapter";

const authFor = defineAuth(() => ({}));

export default {
  async fetch(request, env, ctx): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/api/signed-in") return authFor(env).exchangeCode(request, ctx);
    return (await authFor(env).handler(request, ctx)) ?? new Response("no such page", { status: 404 });
  },
} satisfies ExportedHandler<Env>;
