import { createAudit } from "../audit/audit.js";
import { refuseConfig } from "../base/errors.js";
import { resolveRuntime } from "../base/runtime.js";
import { resolveCookie } from "../cookie/cookie.js";
import { createRoom } from "../session/session-room.js";
import { validateRequest } from "../session/validate-request.js";
import { createKeySource } from "../token/key-source.js";
import type { Validator } from "./auth.js";
import { validatorOptionProblems } from "./check-options.js";
import type { ValidatorOptions } from "./options.js";

/**
 * Opens and verifies, never refreshes, needs no provider secret: API gateways and services that share the cookie.
 * A token that ended is `refresh_needed`, and the cookie stays. Throws `config_invalid` with every problem.
 */
export function createValidator(options: ValidatorOptions): Validator {
  refuseConfig(validatorOptionProblems(options));
  const { keyring, keyCache, tokens, realm = "" } = options;
  const runtime = resolveRuntime(options);
  const emit = createAudit({ ...(options.audit && { sink: options.audit }), runtime, realm });
  const keySource = createKeySource(tokens.jwksUrl, {
    ...runtime,
    ...(keyCache && { store: keyCache }),
    keyring,
    realm,
    emit,
  });
  const room = createRoom({
    keyring,
    cookie: resolveCookie(options.cookie),
    realm,
    trust: tokens,
    keySource,
    runtime,
    emit,
    loginPath: "/auth/login",
  });
  return { validateRequest: (request, background) => validateRequest(room, request, "due", background) };
}
