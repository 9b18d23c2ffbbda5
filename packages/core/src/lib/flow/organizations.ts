import { jsonAnswer } from "../base/answers.js";
import { failureAnswer } from "../base/failure-answer.js";
import type { Background } from "../base/ports.js";
import { settled } from "./ask-provider.js";
import { refuseOtherOrganization } from "./expected-organization.js";
import type { FlowParts } from "./flow-parts.js";
import { refuseAndTell } from "./refuse-and-tell.js";

/** Organisations the signed-in person may switch to. Asked for by their own user id; named fields only. */
export async function organizations(parts: FlowParts, request: Request, background?: Background): Promise<Response> {
  const { provider, sessions } = parts;
  if (!provider.organizations) return refuseAndTell(parts, "not_enabled", request, background);
  const auth = await sessions.validate(request, background);
  if (auth.state !== "authenticated") return auth.deny();
  const changed = refuseOtherOrganization(parts, request, auth, background);
  if (changed) return changed;
  const found = await settled(async () => provider.organizations?.({ userId: auth.user.id }));
  if (!found) {
    parts.emit({ type: "provider_unreachable", reason: "organizations" }, background, request);
    return auth.apply(failureAnswer("provider_unreachable"));
  }
  const listed = found.map(({ id, name, role }) => ({
    id,
    ...(name !== undefined && { name }),
    ...(role !== undefined && { role }),
  }));
  return auth.apply(jsonAnswer(200, { organizations: listed }));
}
