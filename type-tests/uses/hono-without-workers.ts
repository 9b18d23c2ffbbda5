// Hono on Node, Bun or Deno: an auth of one's own, no Workers types, no bindings.
import { createAuth, parseSessionKeys } from "@edgeseal/core";
import { workos } from "@edgeseal/core/providers/workos";
import { type AuthVariables, authMiddleware, requireSession } from "@edgeseal/workers-adapter/hono";
import { Hono } from "hono";

declare const environment: Record<"SESSION_KEYS" | "WORKOS_CLIENT_ID" | "WORKOS_API_KEY", string>;

const auth = createAuth({
  keyring: parseSessionKeys(environment.SESSION_KEYS),
  provider: workos({
    clientId: environment.WORKOS_CLIENT_ID,
    apiKey: environment.WORKOS_API_KEY,
    redirectUri: "https://app.example.com/auth/callback",
  }),
});

const app = new Hono<{ Variables: AuthVariables }>();
app.use(authMiddleware(auth));
app.get("/me", requireSession(), (c) => c.json(c.get("auth").user));
export default app;
