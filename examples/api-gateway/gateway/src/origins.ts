import { env } from "cloudflare:workers";
import { createOrigins } from "@edgeseal/core/policies";

/** Whose pages may call beside our own: one list, which CSRF, CORS and the proxy all ask. */
export const origins = createOrigins({
  allow: ["https://www.example.com", "https://pr-{n}.preview.example.com"],
  // A pipeline adds previews and their end. The gateway of production has none: see the README.
  registry: env.PREVIEWS,
});
