import { generateKeyPairSync, randomBytes } from "node:crypto";
import { createMemory } from "./memory.mjs";
import { page } from "./page.mjs";

const HOUR = 3600;

/** One client, the hub. Whoever signs in is taken at their word: there is no password. */
export function configuration({ id, secret, callback, home }) {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), kid: "1", use: "sig", alg: "ES256" }] },
    clients: [
      {
        client_id: id,
        client_secret: secret,
        token_endpoint_auth_method: "client_secret_post",
        redirect_uris: [callback],
        post_logout_redirect_uris: [home],
        grant_types: ["authorization_code", "refresh_token"],
        id_token_signed_response_alg: "ES256",
      },
    ],
    adapter: createMemory(),
    // Its cookies are of the host it is met on, and signed.
    cookies: { keys: [randomBytes(32).toString("base64url")] },
    scopes: ["openid", "profile", "email", "offline_access"],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["given_name"] },
    conformIdTokenClaims: false,
    features: {
      devInteractions: { enabled: false },
      revocation: { enabled: true, allowedPolicy: async (_, client, token) => token.clientId === client.clientId },
      rpInitiatedLogout: { enabled: true, logoutSource: askWhether, postLogoutSuccessSource: sayGoodbye },
    },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    // The hub is the provider's own: nobody is asked whether it may know who they are, or stay signed in.
    loadExistingGrant: grantEverything,
    issueRefreshToken: async () => true,
    rotateRefreshToken: true,
    ttl: {
      AccessToken: 300,
      IdToken: 300,
      Interaction: 600,
      Session: 8 * HOUR,
      Grant: 8 * HOUR,
      RefreshToken: 8 * HOUR,
    },
    findAccount: (_, name) => ({ accountId: name, claims: () => claimsOf(name) }),
  };
}

function claimsOf(name) {
  return { sub: name, given_name: name, email: `${name.toLowerCase()}@example.com`, email_verified: true };
}

async function grantEverything({ oidc }) {
  const { client, session, params, provider } = oidc;
  const grant = new provider.Grant({ accountId: session.accountId, clientId: client.clientId });
  grant.addOIDCScope(params.scope);
  await grant.save();
  return grant;
}

/** The form is the provider's, with a token of its own in it. */
function askWhether(ctx, form) {
  ctx.body = page(
    "Sign out",
    `<h1 data-state="whether">Sign out here, too?</h1>
<p>The sites have let you go. The provider still knows you, and would sign you in again without asking.</p>
${form}<p><button form="op.logoutForm" name="logout" value="yes" autofocus>Sign out</button></p>`,
  );
}

function sayGoodbye(ctx) {
  ctx.body = page(
    "Signed out",
    `<h1 data-state="signed-out">You are signed out</h1>
<p>Of every site, and of the provider.</p>`,
  );
}
