import { refuseConfig } from "../base/errors.js";
import { createRoom } from "../session/session-room.js";
import { validateRequest } from "../session/validate-request.js";
import type { Validator } from "./auth.js";
import { validatorOptionProblems } from "./check-options.js";
import { commonParts } from "./common-parts.js";
import type { ValidatorOptions } from "./options.js";

/**
 * Opens and verifies, never refreshes, needs no provider secret: API gateways and services that share the cookie.
 * A token that ended is `refresh_needed`, and the cookie stays. Throws `config_invalid` with every problem.
 */
export function createValidator(options: ValidatorOptions): Validator {
  refuseConfig(validatorOptionProblems(options));
  const { tokens } = options;
  const room = createRoom({ ...commonParts(options, tokens.jwksUrl), trust: tokens, loginPath: "/auth/login" });
  return { validateRequest: (request, background) => validateRequest(room, request, "due", background) };
}
