import { createRateLimit, createSecurityHeaders } from "@edgeseal/core/policies";
import { clientAddress, exactLimiter, withAuth } from "@edgeseal/workers-adapter";

declare function renderPage(nonce: string): string;

const headers = createSecurityHeaders({
  preset: "page",
  csp: { "img-src": ["https://cdn.example.com"], "form-action": ["https://api.workos.com"] },
});

export function page(): Response {
  const nonce = headers.nonce();
  const response = new Response(renderPage(nonce), { headers: { "Content-Type": "text/html" } });
  return headers.apply(response, { nonce });
}

export default withAuth<Env>(
  (env) => ({
    policies: {
      securityHeaders: createSecurityHeaders(),
      rateLimit: createRateLimit({
        rules: {
          "/auth/login": { limiter: env.LOGIN_LIMIT, whenDown: "open" },
          "/auth/token": {
            limiter: exactLimiter(env.AUTH_LIMITS, { limit: 10, periodSeconds: 60 }),
            whenDown: "closed",
          },
        },
      }),
    },
  }),
  { fetch: (_request, _env, _ctx, auth) => Response.json(auth) },
);

const rateLimit = (env: Env) =>
  createRateLimit({ rules: { "/search": { limiter: env.LOGIN_LIMIT, whenDown: "open" } } });

export async function search(request: Request, env: Env): Promise<Response> {
  const refused = await rateLimit(env).check(request, "/search", clientAddress(request));
  return refused ? refused.deny() : Response.json({ found: [] });
}
