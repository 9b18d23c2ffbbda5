import { backChannelLogout, createRevocation, kvRevocation, workosEvents } from "@edgeseal/core/revocation";
import { defineAuth, withAuth } from "@edgeseal/workers-adapter";

const authFor = defineAuth<Env>((env) => ({
  revocation: createRevocation({ store: env.AUTH_REVOCATION, whenDown: "closed" }),
  receivers: [workosEvents({ secret: env.WORKOS_WEBHOOK_SECRET })],
}));

export default withAuth(authFor, {
  async fetch(request, env, ctx, auth) {
    if (new URL(request.url).pathname === "/password-changed") {
      await authFor(env).revoke({ kind: "user", userId: auth.user.id }, ctx);
    }
    return Response.json(auth);
  },
});

export const withKv = (env: Env) => createRevocation({ store: kvRevocation(env.AUTH_KV), whenDown: "open" });
export const fromOpenid = [backChannelLogout()];

export async function offboard(env: Env, userId: string, organizationId: string, ctx: ExecutionContext): Promise<void> {
  await authFor(env).revoke({ kind: "membership", userId, organizationId }, ctx);
  await authFor(env).revoke({ kind: "organization", organizationId, since: 1_800_000_000 }, ctx);
}
