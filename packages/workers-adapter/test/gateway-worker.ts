import {
  createIdentityForwarder,
  createIdentityVerifier,
  createProxy,
  type UpstreamProxy,
} from "@edgeseal/core/identity";
import { withAuth } from "../src/index.js";

/** A gateway in front of one upstream that is bound and one across the network. */
interface GatewayEnv {
  readonly SERVICE: Fetcher;
  readonly NETWORK_URL: string;
  readonly IDENTITY_KEY: string;
  readonly IDENTITY_KEYS: string;
}

const ISSUER = "https://gateway.example";
let made: UpstreamProxy | undefined;

function proxyFor(env: GatewayEnv): UpstreamProxy {
  const bound = {
    to: "https://service/base",
    through: env.SERVICE,
    credentials: "identity",
    audience: "service",
  } as const;
  made ??= createProxy({
    identity: createIdentityForwarder({ signingKey: env.IDENTITY_KEY, issuer: ISSUER }),
    routes: [
      { prefix: "/bound", ...bound },
      { prefix: "/public/bound", ...bound, access: "public" },
      { prefix: "/network", to: `${env.NETWORK_URL}/base`, credentials: "access-token", deadlineSeconds: 2 },
    ],
  });
  return made;
}

export const gateway = withAuth<GatewayEnv, readonly ["/public/*"]>(() => ({ publicPaths: ["/public/*"] }), {
  fetch: async (request, env, ctx, auth) =>
    (await proxyFor(env).forward(request, auth, ctx)) ?? new Response("the app", { status: 418 }),
});

/** What lies behind the binding: tells what it got, or talks over a socket. */
export const service = {
  async fetch(request, env) {
    const verifier = createIdentityVerifier({ issuer: ISSUER, audience: "service", keys: env.IDENTITY_KEYS });
    const check = await verifier.verify(request);
    if (!check.ok) return check.deny();
    const user = check.identity?.userId ?? null;
    if (request.headers.get("Upgrade") === "websocket") return talk(user);
    const body = request.body ? (await request.arrayBuffer()).byteLength : 0;
    return Response.json({ user, body, url: request.url, headers: Object.fromEntries(request.headers) });
  },
} satisfies ExportedHandler<GatewayEnv>;

function talk(user: string | null): Response {
  const { 0: client, 1: server } = new WebSocketPair();
  server.accept();
  server.addEventListener("message", ({ data }) => server.send(`${user}: ${data}`));
  return new Response(null, { status: 101, webSocket: client, headers: { "Set-Cookie": "__Host-session=planted" } });
}
