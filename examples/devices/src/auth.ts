import { deviceLabel } from "@edgeseal/core/devices";
import { nativeClients } from "@edgeseal/core/native";
import { createCsrf, createOrigins, createSecurityHeaders } from "@edgeseal/core/policies";
import { oidc } from "@edgeseal/core/providers/oidc";
import { backChannelLogout, createRevocation } from "@edgeseal/core/revocation";
import { opaqueStore } from "@edgeseal/core/store";
import { defineAuth } from "@edgeseal/workers-adapter";

/** One for the Worker and for the object that renews its sessions. */
export const authFor = defineAuth((env) => ({
  publicPaths: ["/"],
  provider: oidc({
    issuer: env.OIDC_ISSUER,
    clientId: env.OIDC_CLIENT_ID,
    clientSecret: env.OIDC_CLIENT_SECRET,
    redirectUri: env.OIDC_REDIRECT_URI,
  }),
  // The cookie holds an id. What it stands for can be listed and ended.
  store: opaqueStore({ home: env.AUTH_SESSIONS, deviceLabel }),
  // Who signs out at the provider is signed out here.
  revocation: createRevocation({ store: env.AUTH_REVOCATION, whenDown: "closed", deadlineMilliseconds: 2_000 }),
  receivers: [backChannelLogout()],
  // `cli.mjs`, at whatever port it is given.
  nativeClients: nativeClients({ redirectUris: ["http://127.0.0.1/callback"] }),
  policies: { csrf: createCsrf({ origins: createOrigins({ allow: [] }) }), securityHeaders: createSecurityHeaders() },
}));
