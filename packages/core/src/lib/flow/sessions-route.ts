import { jsonAnswer, PRIVATE } from "../base/answers.js";
import { failureAnswer } from "../base/failure-answer.js";
import type { Background } from "../base/ports.js";
import { canonicalPath } from "../policy/path.js";
import type { SessionsEnded, WhichSessions } from "../session/device-sessions.js";
import { refuseOtherOrganization } from "./expected-organization.js";
import type { FlowParts, PartRoutes } from "./flow-parts.js";
import { expectation } from "./me.js";
import { refuseAndTell } from "./refuse-and-tell.js";

/** What a store that can list brings along. */
export const SESSION_ROUTES: PartRoutes = new Map([
  ["/sessions", { methods: { GET: listRoute, DELETE: endAllRoute }, wall: "same-origin" }],
  ["/sessions/:id", { methods: { DELETE: endOneRoute }, wall: "same-origin" }],
]);

/** `GET <prefix>/sessions` → 200 `{"sessions":[…]}`. */
async function listRoute(parts: FlowParts, request: Request, background?: Background): Promise<Response> {
  const list = await parts.sessions.list(request, background);
  if (list === null) return refuseAndTell(parts, "not_enabled", request, background);
  if (!list.ok) return list.auth.deny();
  const changed = refuseOtherOrganization(parts, request, list.auth, background);
  return changed ?? list.auth.apply(jsonAnswer(200, { sessions: list.sessions }));
}

/** `DELETE <prefix>/sessions/:id` → 204, or 404 for an id that no session of this person has. */
async function endOneRoute(parts: FlowParts, request: Request, background?: Background): Promise<Response> {
  const id = canonicalPath(request.url)?.split("/").at(-1) ?? "";
  return end(parts, request, id, background, () => {
    return new Response(null, { status: 204, headers: { "Cache-Control": PRIVATE, Vary: "Cookie" } });
  });
}

/** `DELETE <prefix>/sessions` → 200 `{"ended":n}`: the others, or with `?all=true` the one that asks as well. */
async function endAllRoute(parts: FlowParts, request: Request, background?: Background): Promise<Response> {
  const which = whichOf(new URL(request.url).searchParams);
  if (which === null) return refuseAndTell(parts, "invalid_request", request, background);
  return end(parts, request, which, background, ({ ended }) => jsonAnswer(200, { ended }));
}

/** `null`: who wrote something else would take the smaller ending for the larger one. */
function whichOf(query: URLSearchParams): WhichSessions | null {
  if ([...query.keys()].some((name) => name !== "all")) return null;
  const all = query.getAll("all");
  if (all.length === 0) return { except: "current" };
  return all.length === 1 && all[0] === "true" ? { except: "none" } : null;
}

async function end(
  parts: FlowParts,
  request: Request,
  which: string | WhichSessions,
  background: Background | undefined,
  answer: (ended: Extract<SessionsEnded, { ok: true }>) => Response,
): Promise<Response> {
  const changed = await expectation(parts, request, background);
  if (changed) return changed;
  const ended = await parts.sessions.endListed(request, which, background);
  if (ended === null) return refuseAndTell(parts, "not_enabled", request, background);
  if (ended.ok) return ended.auth.apply(answer(ended));
  if (ended.reason !== "not_found") return ended.auth.deny();
  parts.emit({ type: "not_found", reason: "session", userId: ended.auth.user.id }, background, request);
  return ended.auth.apply(failureAnswer("not_found"));
}
