import { refuseConfig } from "../base/errors.js";
import { isRecord } from "../base/json.js";
import { functionProblems, unknownOptions } from "../base/option-checks.js";
import type { Machine } from "../session/request-auth.js";
import type { BearerOptions, BearerTokens, PeopleOptions } from "./bearer-options.js";
import { createCallers } from "./callers.js";
import { routeModeProblems } from "./route-modes.js";

/** People with header tokens: each is `authenticated`, as with a cookie. Throws `config_invalid` with every problem. */
export function bearerTokens(options: PeopleOptions): BearerTokens<never>;
/** Programs, too: each is `machine`, a state of its own. Throws `config_invalid` with every problem. */
export function bearerTokens(options: BearerOptions): BearerTokens<Machine>;
export function bearerTokens(options: BearerOptions): BearerTokens<Machine> {
  refuseConfig(bearerProblems(options));
  return { connect: (parts) => createCallers(options, parts) };
}

const OPTIONS = ["routes", "users", "machines", "apiKeys", "isMachine"];

function bearerProblems(options: unknown): readonly string[] {
  if (!isRecord(options)) return ["`bearerTokens` takes an object of options."];
  const { routes, users, machines, apiKeys } = options;
  const isOff = users === undefined && machines === undefined && apiKeys === undefined;
  return [
    ...unknownOptions(options, OPTIONS, "bearerTokens"),
    ...routeModeProblems(routes),
    ...(isOff ? ["`bearerTokens` needs at least one of `users`, `machines`, `apiKeys`: nobody could come in."] : []),
    ...trustProblems("users", users),
    ...trustProblems("machines", machines),
    ...functionProblems(options, ["apiKeys", "isMachine"]),
  ];
}

/** An ID token says who signed in somewhere, not who may call: many see it, and none of them is meant to send it here. */
function trustProblems(option: string, trust: unknown): readonly string[] {
  if (trust === undefined) return [];
  const verify = isRecord(trust) ? trust.verify : undefined;
  const isFine = isRecord(trust) && typeof trust.jwksUrl === "string" && isRecord(verify);
  if (!isFine) return [`\`${option}\` must be \`oidcTokens({ issuer, audience })\` or \`workosTokens({ clientId })\`.`];
  return verify.kind === "id_token"
    ? [`\`${option}\` would believe ID tokens: name the \`audience\` of your API, or \`sessionToken: "access_token"\`.`]
    : [];
}
