// A gateway that shares the app's cookie and tells the services behind it who asks.
import { createValidator, parseSessionKeys, type Validator } from "@edgeseal/core";
import { createIdentityForwarder, type IdentityForwarder } from "@edgeseal/core/identity";
import { workosTokens } from "@edgeseal/core/providers/workos";

let made: { validator: Validator; identity: IdentityForwarder } | undefined;
function parts(env: Env) {
  made ??= {
    validator: createValidator({
      keyring: parseSessionKeys(env.SESSION_KEYS),
      tokens: workosTokens({ clientId: env.WORKOS_CLIENT_ID }),
      cookie: { domain: "example.com" },
      keyCache: env.AUTH_KV,
    }),
    identity: createIdentityForwarder({ signingKey: env.IDENTITY_KEY, issuer: "https://api.example.com" }),
  };
  return made;
}

export default {
  async fetch(request, env, ctx) {
    const { validator, identity } = parts(env);
    const auth = await validator.validateRequest(request, ctx);
    if (auth.state !== "authenticated") return auth.deny();
    return auth.apply(await env.PROJECTS.fetch(await identity.forward(request, auth, { audience: "projects" })));
  },
} satisfies ExportedHandler<Env>;
