import { jsonAnswer } from "../base/answers.js";
import type { Background } from "../base/ports.js";
import type { PublicSession, RequestAuth } from "../session/request-auth.js";
import { refuseOtherOrganization } from "./expected-organization.js";
import type { FlowParts } from "./flow-parts.js";

/** Who is asking: 200 also for nobody, so that a page can ask before anybody has signed in. */
export async function me(parts: FlowParts, request: Request, background?: Background): Promise<Response> {
  const auth = await parts.sessions.validate(request, background);
  if (auth.state !== "anonymous") return answer(parts, request, auth, background);
  return auth.apply(jsonAnswer(200, { state: "anonymous" } satisfies PublicSession));
}

/** Renews the tokens now, for a page that knows of new permissions. */
export async function refresh(parts: FlowParts, request: Request, background?: Background): Promise<Response> {
  // Asked before anything is renewed: a tab of another organisation gets nothing done.
  const changed = await expectation(parts, request, background);
  return changed ?? answer(parts, request, await parts.sessions.refresh(request, background), background);
}

/** For routes that act: looks at the session first, and only when the request says what it expects. */
export async function expectation(
  parts: FlowParts,
  request: Request,
  background?: Background,
): Promise<Response | null> {
  if (!request.headers.has("X-Expected-Org")) return null;
  const auth = await parts.sessions.validate(request, background);
  return auth.state === "authenticated" ? refuseOtherOrganization(parts, request, auth, background) : null;
}

function answer(parts: FlowParts, request: Request, auth: RequestAuth, background?: Background): Response {
  if (auth.state !== "authenticated") return auth.deny();
  const changed = refuseOtherOrganization(parts, request, auth, background);
  return changed ?? auth.apply(jsonAnswer(200, auth.toJSON()));
}
