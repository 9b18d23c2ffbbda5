import { createCors, createCsrf, createOrigins, createSecurityHeaders } from "@edgeseal/core/policies";
import { allowedOrigin } from "./requests.mjs";

/** What a handler does around its answer, by policy. */
export function createEdgeseal(answer) {
  const origins = createOrigins({ allow: [allowedOrigin] });
  const cors = createCors({ origins });
  const csrf = createCsrf({ origins });
  const headers = createSecurityHeaders();
  return {
    nothing: async () => answer(),
    cors: async (request) => (await cors.preflight(request)) ?? cors.apply(request, answer()),
    csrf: async (request) => (await csrf.check(request, "cookie"))?.deny() ?? answer(),
    "security headers": async () => headers.apply(answer()),
    "all three": async (request) => {
      const early = (await cors.preflight(request)) ?? (await csrf.check(request, "cookie"))?.deny();
      return headers.apply(early ?? (await cors.apply(request, answer())));
    },
  };
}
