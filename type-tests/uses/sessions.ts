import { deviceLabel } from "@edgeseal/core/devices";
import { kvSessions, opaqueStore } from "@edgeseal/core/store";
import { defineAuth, withAuth } from "@edgeseal/workers-adapter";
import { type SessionObjectClass, sessionObject } from "@edgeseal/workers-adapter/durable-objects";

const authFor = defineAuth<Env>((env) => ({
  store: opaqueStore({ home: env.AUTH_SESSIONS, deviceLabel }),
  lifetime: { idleSeconds: 7 * 86_400 },
}));

// With its type: `Env` names the class, and `authFor` reads `Env`.
const Sessions: SessionObjectClass = sessionObject(authFor);
export class SessionObject extends Sessions {}

export default withAuth(authFor, {
  async fetch(request, env, ctx) {
    const auth = authFor(env);
    const { pathname } = new URL(request.url);
    if (pathname === "/leave-all") {
      const ended = await auth.endSessions(request, { except: "none" }, ctx);
      return ended.ok ? ended.auth.apply(Response.json({ ended: ended.ended })) : ended.auth.apply(new Response("?"));
    }
    if (pathname.startsWith("/leave/")) {
      const ended = await auth.endSession(request, pathname.slice("/leave/".length), ctx);
      if (!ended.ok && ended.reason === "not_found") return ended.auth.apply(new Response(null, { status: 404 }));
      return ended.ok ? ended.auth.apply(new Response()) : ended.auth.deny();
    }
    const list = await auth.sessions(request, ctx);
    if (!list.ok) return list.auth.deny();
    return list.auth.apply(Response.json(list.sessions));
  },
});

export const withKv = defineAuth<Env>((env) => ({ store: opaqueStore({ home: kvSessions(env.AUTH_KV) }) }));
export const largeOnes = (env: Env) => opaqueStore({ home: env.AUTH_SESSIONS, sessions: "too_large" });
