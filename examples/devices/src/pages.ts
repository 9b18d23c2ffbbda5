import type { RequestAuth, SessionsEnded } from "@edgeseal/core";
import { authFor } from "./auth.js";
import { renderDevices, renderWelcome } from "./render.js";

/** Whatever is no route of ours. Nobody comes here without a session but to `/`. */
export async function answerPage(
  request: Request,
  env: Env,
  ctx: ExecutionContext,
  auth: RequestAuth,
): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const route = `${request.method} ${pathname}`;
  if (route === "POST /devices/end") return await endOne(request, env, ctx);
  if (route === "POST /devices/end-others") {
    return backToList(await authFor(env).endSessions(request, { except: "current" }, ctx));
  }
  if (pathname !== "/") return Response.json({ error: "not_found" }, { status: 404 });
  if (auth.state !== "authenticated") return renderWelcome(auth.state);
  const list = await authFor(env).sessions(request, ctx);
  return list.ok ? renderDevices(auth, list.sessions, searchParams.get("ended")) : list.auth.deny();
}

/** A plain form of our own page; forms know no `DELETE`. Whose session it is follows from who asks. */
async function endOne(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
  const form = await request.formData().catch(() => null); // TypeError: the body is no form
  const id = form?.get("id");
  return backToList(await authFor(env).endSession(request, typeof id === "string" ? id : "", ctx));
}

/** By a redirect, so that a reload sends nothing twice. */
function backToList(outcome: SessionsEnded): Response {
  if (!outcome.ok && outcome.reason !== "not_found") return outcome.auth.deny();
  const ended = outcome.ok ? outcome.ended : 0;
  return outcome.auth.apply(new Response(null, { status: 303, headers: { Location: `/?ended=${ended}` } }));
}
