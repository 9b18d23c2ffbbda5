// A service behind the gateway: believes what the gateway signed, whoever else may reach it.
import { createIdentityVerifier, type IdentityVerifier } from "@edgeseal/core/identity";
import { hasPermission } from "@edgeseal/core/permissions";

let verifier: IdentityVerifier | undefined;

export default {
  async fetch(request, env, ctx) {
    const issuer = "https://api.example.com";
    verifier ??= createIdentityVerifier({ issuer, audience: "projects", keys: env.IDENTITY_KEYS });
    const caller = await verifier.verify(request, ctx);
    if (!caller.ok) return caller.deny();
    if (!caller.identity || !hasPermission(caller.identity, "projects:read"))
      return new Response(null, { status: 403 });
    const tenant = caller.identity.organizationId ?? "";
    return Response.json(await env.AUTH_DB.prepare("select * from projects where org_id = ?").bind(tenant).all());
  },
} satisfies ExportedHandler<Env>;
