import { env } from "cloudflare:workers";
import { createCors, createCsrf, createRateLimit, createSecurityHeaders } from "@edgeseal/core/policies";
import { exactLimiter } from "@edgeseal/workers-adapter";
import { origins } from "./origins.js";

const exactly = (limit: number) => exactLimiter(env.AUTH_LIMITS, { limit, periodSeconds: 60 });

/** What stands around the session. Bindings count floods, Durable Objects count what could be guessed or costs money. */
export const policies = {
  csrf: createCsrf({ origins }),
  cors: createCors({ origins }),
  securityHeaders: createSecurityHeaders(),
  rateLimit: createRateLimit({
    rules: {
      "/auth/login": { limiter: env.LOGIN_LIMIT, whenDown: "open" },
      "/auth/token": { limiter: exactly(10), whenDown: "closed" },
      "/auth/switch-org": { limiter: exactly(20), whenDown: "open" },
      "/auth/refresh": { limiter: exactly(30), whenDown: "open" },
      "/api/*": { limiter: env.API_LIMIT, whenDown: "open" },
    },
  }),
};
