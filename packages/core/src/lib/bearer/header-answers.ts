import { jsonAnswer } from "../base/answers.js";
import { UNAUTHENTICATED } from "../base/failure.js";
import type { Missing } from "../identity/requirement.js";
import type { Machine, MachineFacts } from "../session/request-auth.js";
import { type AnswerContext, type HeaderRefusals, sealedOff, tellForbidden } from "../session/visitor-states.js";

/** What is wrong with the credential (RFC 6750 §3.1); nothing where there was none. */
export type HeaderError = "invalid_request" | "invalid_token";

/** Refusals of RFC 6750 §3. They name no realm and no scope, and are the same for every reason: who probes learns nothing. */
export function headerRefusals(error?: HeaderError): HeaderRefusals {
  const challenge = error === undefined ? "Bearer" : `Bearer error="${error}"`;
  return {
    refuse: () =>
      jsonAnswer(UNAUTHENTICATED.status, { error: UNAUTHENTICATED.error }, { "WWW-Authenticate": challenge }),
    forbid: (missing) => {
      const lack = lackOf(missing);
      const headers: Record<string, string> = lack === null ? {} : { "WWW-Authenticate": `Bearer error=${lack}` };
      return jsonAnswer(403, { error: "forbidden", missing }, headers);
    },
  };
}

/** What another token could have (RFC 6750 §3.1, RFC 9470 §3). */
function lackOf(missing: Missing): string | null {
  if ("permission" in missing) return '"insufficient_scope"';
  if (!("recentAuth" in missing)) return null;
  return `"insufficient_user_authentication", max_age="${Math.floor(missing.recentAuth.withinSeconds)}"`;
}

/** A program, out of facts that are frozen. */
export function machine(context: AnswerContext, facts: MachineFacts & Pick<Machine, "claims">): Machine {
  const { claims, ...rest } = facts;
  const { clientId, organizationId } = facts;
  const shown = { state: "machine" as const, ...rest };
  const { forbid } = headerRefusals();
  return sealedOff(
    context,
    { ...shown, ...(claims && { claims }) },
    {
      deny: {
        value: (missing: Missing = { person: true }) => {
          tellForbidden(context, missing, { detail: `client ${clientId}`, organizationId });
          return forbid(missing);
        },
      },
      toJSON: { value: () => Object.freeze({ ...shown }) },
    },
  );
}
