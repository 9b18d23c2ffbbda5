import type { KeyValueStore } from "@edgeseal/core";
import { createCors, createCsrf, createOrigins, previewOrigin } from "@edgeseal/core/policies";

declare const env: { readonly PREVIEWS: KeyValueStore };
declare function answer(request: Request): Promise<Response>;

const origins = createOrigins({ allow: ["https://app.example.com", "https://admin.example.com"] });
const csrf = createCsrf({ origins });
const cors = createCors({ origins });

export async function respond(request: Request): Promise<Response> {
  const preflight = await cors.preflight(request);
  if (preflight) return preflight;
  const credential = request.headers.has("Cookie") ? "cookie" : "none";
  const refused = await csrf.check(request, credential);
  return cors.apply(request, refused ? refused.deny() : await answer(request));
}

/** For the gateway of previews: a realm, keys and cookies of its own. */
export const previews = createOrigins({
  allow: ["https://pr-{n}.preview.example.com"],
  registry: env.PREVIEWS,
  development: ["http://localhost:5173"],
});

/** In a pipeline, for a preview on a host that is shared. */
export async function register(origin: string): Promise<void> {
  const lifetime = 7 * 86_400;
  const { key, value } = await previewOrigin(origin, { expiresAt: Math.floor(Date.now() / 1000) + lifetime });
  await env.PREVIEWS.put(key, value, { expirationTtl: lifetime });
}
