import { defineAuth } from "@edgeseal/workers-adapter";
import { createRequestHandler, RouterContextProvider } from "react-router";
import { authContext } from "../app/session.server";

export { LedgerObject } from "@edgeseal/workers-adapter/durable-objects";

const authFor = defineAuth(() => ({}));
const render = createRequestHandler(() => import("virtual:react-router/server-build"), import.meta.env.MODE);

export default {
  async fetch(request, env, ctx) {
    const own = await authFor(env).handler(request, ctx);
    if (own) return own;
    const auth = await authFor(env).validateRequest(request, ctx);
    const context = new RouterContextProvider();
    context.set(authContext, auth);
    return auth.apply(await render(request, context));
  },
} satisfies ExportedHandler<Env>;
