import { type AuthHost, type AuthProxy, createAuthProxy } from "@edgeseal/core/auth-proxy";
import { createOrigins } from "@edgeseal/core/policies";
import { clientAddress } from "../src/index.js";

/** Stands in front of one provider under two names: the one that raw requests carry, and its own socket's. */
interface AuthProxyEnv {
  readonly PROVIDER_URL: string;
}

let made: AuthProxy | undefined;

function proxyFor(env: AuthProxyEnv): AuthProxy {
  const apps = createOrigins({ allow: ["https://app.example.com"] });
  const rule: AuthHost = {
    upstream: env.PROVIDER_URL,
    paths: ["/auth", "/auth/*", "/interaction/*", "/wire/*"],
    // `oidc-provider` signs each of its cookies with another one.
    cookies: [...["_interaction", "_interaction_resume", "_session"].flatMap((name) => [name, `${name}.sig`]), "DS"],
    origins: apps,
    redirects: apps,
    deadlineSeconds: 2,
  };
  made ??= createAuthProxy({
    hosts: { "app.example": rule },
    lookUp: (host) => (host.startsWith("127.0.0.1:") ? rule : null),
    clientAddress,
  });
  return made;
}

export default {
  fetch: (request, env, ctx) => proxyFor(env)(request, ctx),
} satisfies ExportedHandler<AuthProxyEnv>;
