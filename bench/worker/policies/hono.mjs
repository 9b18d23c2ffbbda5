import { Hono } from "hono";
import { cors } from "hono/cors";
import { csrf } from "hono/csrf";
import { secureHeaders } from "hono/secure-headers";
import { allowedOrigin } from "./requests.mjs";

/** An app for each policy, and one without any. */
export function createHono(answer) {
  // The outermost first: headers are also for what a wall answers.
  const walls = {
    "security headers": secureHeaders(),
    cors: cors({ origin: [allowedOrigin], credentials: true }),
    csrf: csrf({ origin: [allowedOrigin] }),
  };
  const appWith = (...middleware) => {
    const app = new Hono();
    for (const one of middleware) app.use(one);
    app.post("/projects", answer);
    return async (request) => app.fetch(request);
  };
  return {
    nothing: appWith(),
    ...Object.fromEntries(Object.entries(walls).map(([name, wall]) => [name, appWith(wall)])),
    "all three": appWith(...Object.values(walls)),
  };
}
