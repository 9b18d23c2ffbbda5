// The identity provider of the demo: oidc-provider on a loopback port. It takes whoever comes for Ada and asks for no
// password. What it does for real is all that this example needs: its own session in each browser, ID tokens with that
// session's `sid`, refresh tokens that work once, and a log-out token to the app when somebody signs out here.
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import Provider from "oidc-provider";

const ADA = { sub: "ada", email: "ada@example.com", email_verified: true, given_name: "Ada", family_name: "Byron" };
/** Where she works, in the claim that organisations have. */
const ORGANIZATION = "harbour-office";

/** `app` is the origin it signs people in for. `tokens.seconds` is how long an ID token lives, and may be changed. */
export async function startProvider({ app, clientId, clientSecret }) {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${server.address().port}`;
  const tokens = { seconds: 300, renewals: 0 };
  const provider = new Provider(url, configurationFor({ app, clientId, clientSecret, tokens }));
  provider.on("grant.success", ({ oidc }) => {
    if (oidc.params.grant_type === "refresh_token") tokens.renewals++;
  });
  const answer = provider.callback();
  server.on("request", (request, response) => {
    if (request.url.startsWith("/interaction/")) {
      void provider.interactionFinished(request, response, { login: { accountId: ADA.sub } });
    } else void answer(request, response);
  });
  return {
    url,
    tokens,
    stop: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

function configurationFor({ app, clientId, clientSecret, tokens }) {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return {
    jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), kid: "demo", use: "sig", alg: "RS256" }] },
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: [`${app}/auth/callback`],
        post_logout_redirect_uris: [`${app}/`],
        backchannel_logout_uri: `${app}/auth/backchannel-logout`,
        backchannel_logout_session_required: true,
        grant_types: ["authorization_code", "refresh_token"],
      },
    ],
    // By itself it sends nothing to addresses of this machine.
    fetch: (address, { dispatcher: _, ...init } = {}) => globalThis.fetch(address, init),
    adapter: createMemory(),
    cookies: { keys: ["a key of no importance"] },
    claims: { openid: ["sub", "org_id"], email: ["email", "email_verified"], profile: ["given_name", "family_name"] },
    conformIdTokenClaims: false,
    findAccount: (_, accountId) => ({ accountId, claims: () => ({ ...ADA, org_id: ORGANIZATION }) }),
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    // Everybody agrees; and each sign-in has a grant of its own, so that the end of one ends no other.
    async loadExistingGrant({ oidc }) {
      const grant = new oidc.provider.Grant({ accountId: oidc.session.accountId, clientId: oidc.client.clientId });
      grant.addOIDCScope("openid email profile offline_access");
      await grant.save();
      return grant;
    },
    issueRefreshToken: () => true,
    rotateRefreshToken: true,
    ttl: {
      AccessToken: 300,
      IdToken: () => tokens.seconds,
      Interaction: 600,
      Session: 86_400,
      Grant: 86_400,
      RefreshToken: 86_400,
    },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      revocation: { enabled: true, allowedPolicy: (_, client, token) => token.clientId === client.clientId },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => {
          ctx.body = pageOf(
            "Sign out at the provider, too?",
            `${form}<button form="op.logoutForm" name="logout" value="yes">Yes, everything that began in this browser</button>
<button form="op.logoutForm">No, the app alone</button>`,
          );
        },
        postLogoutSuccessSource: (ctx) => {
          ctx.body = pageOf("Signed out at the provider", `<a href="${app}/">Back to the app</a>`);
        },
      },
    },
  };
}

function pageOf(title, body) {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><link rel="icon" href="data:,"><style>:root{color-scheme:light dark;font:1rem/1.6 system-ui}body{max-width:32rem;margin:4rem auto;padding:0 1rem}button{font:inherit;padding:.5rem 1rem;margin-right:.5rem}</style></head><body><h1>${title}</h1>${body}</body></html>`;
}

/** Everything the provider remembers, for as long as the process lives. */
function createMemory() {
  const kept = new Map();
  return (model) => ({
    upsert: async (id, payload) => void kept.set(`${model} ${id}`, payload),
    find: async (id) => kept.get(`${model} ${id}`),
    findByUid: async (uid) => [...kept.values()].find((one) => one.kind === model && one.uid === uid),
    findByUserCode: async () => undefined,
    async consume(id) {
      const payload = kept.get(`${model} ${id}`);
      if (payload) payload.consumed = Math.floor(Date.now() / 1000);
    },
    destroy: async (id) => void kept.delete(`${model} ${id}`),
    async revokeByGrantId(grantId) {
      for (const [key, payload] of kept) if (payload.grantId === grantId) kept.delete(key);
    },
  });
}
