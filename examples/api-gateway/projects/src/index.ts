import { consoleAudit } from "@edgeseal/core";
import { createIdentityVerifier, type IdentityVerifier } from "@edgeseal/core/identity";
import { answerApi } from "./api.js";
import type { ProjectsEnv } from "./env.js";

export { ProjectsRpc } from "./rpc.js";

let verifier: IdentityVerifier | undefined;

/** Believes what the gateway has signed for this service, and no other header. Nobody gets further without. */
export default {
  async fetch(request, env, ctx) {
    verifier ??= createIdentityVerifier({
      issuer: env.IDENTITY_ISSUER,
      audience: "projects",
      keys: env.IDENTITY_KEYS,
      audit: consoleAudit(),
    });
    const caller = await verifier.verify(request, ctx);
    if (!caller.ok) return caller.deny();
    return await answerApi(request, env.PROJECTS_DB, caller.identity);
  },
} satisfies ExportedHandler<ProjectsEnv>;
