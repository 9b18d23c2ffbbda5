import { createAuth, parseSessionKeys } from "@edgeseal/core";
import { workos } from "@edgeseal/core/providers/workos";

declare const env: Readonly<Record<"SESSION_KEYS" | "WORKOS_CLIENT_ID" | "WORKOS_API_KEY", string>>;

const auth = createAuth({
  keyring: parseSessionKeys(env.SESSION_KEYS),
  provider: workos({
    clientId: env.WORKOS_CLIENT_ID,
    apiKey: env.WORKOS_API_KEY,
    redirectUri: "https://app.example.com/auth/callback",
  }),
});

export async function answer(request: Request): Promise<Response> {
  const own = await auth.handler(request); // answers /auth/*, else null
  if (own) return own;
  const visitor = await auth.validateRequest(request); // authenticated, anonymous or unavailable
  return visitor.state === "authenticated" ? visitor.apply(Response.json(visitor)) : visitor.deny();
}
