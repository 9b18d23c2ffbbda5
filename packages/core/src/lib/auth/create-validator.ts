import { refuseConfig } from "../base/errors.js";
import { createRoom } from "../session/create-room.js";
import type { Machine } from "../session/request-auth.js";
import { validateRequest } from "../session/validate-request.js";
import type { Validator } from "./auth.js";
import { validatorOptionProblems } from "./check-options.js";
import { commonParts, connectStore } from "./common-parts.js";
import type { ValidatorOptions } from "./options.js";

const LOGIN_PATH = "/auth/login";

/**
 * Opens and verifies, never refreshes, needs no provider secret: API gateways and services that share the cookie.
 * A token that ended is `refresh_needed`, and the cookie stays. Throws `config_invalid` with every problem.
 */
export function createValidator<M extends Machine = never>(options: ValidatorOptions<M>): Validator<M> {
  refuseConfig(validatorOptionProblems(options));
  const { tokens, bearer, store } = options;
  const common = commonParts(options, tokens.jwksUrl);
  const connected = store && { store: connectStore(store, options, common, tokens) };
  const room = createRoom({ ...common, trust: tokens, loginPath: LOGIN_PATH }, connected);
  const byCookie: Validator["validateRequest"] = (request, background) =>
    validateRequest(room, request, "due", background);
  const callers = bearer?.connect({ ...common, loginPath: LOGIN_PATH, cookieNames: [common.cookie.name] });
  if (!callers) return { validateRequest: byCookie };
  return {
    validateRequest: (request, background) =>
      callers.validate(request, background, () => byCookie(request, background)),
  };
}
