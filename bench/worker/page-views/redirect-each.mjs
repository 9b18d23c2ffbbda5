// Runs inside workerd: the way that a network of custom domains goes without sessions of their own. Each page view is sent to
// the hub, which puts a token into KV and sends back with its name; the page fetches the token by that name.
import { jwtVerify, SignJWT } from "jose";
import { readCookie } from "../open-and-verify.mjs";
import { countCalls } from "./count-calls.mjs";

const TOKEN_SECONDS = 6 * 3_600;
const TICKET_SECONDS = 60;
const { counts, counted } = countCalls();

export default {
  async fetch(request, env, ctx) {
    const { pathname } = new URL(request.url);
    if (pathname === "/counts") return Response.json(counts);
    const kv = counted("KV", env.AUTH_KV, ["get", "put", "delete"]);
    const key = new TextEncoder().encode(env.PASSWORD);
    if (pathname === "/sso") return handOut(request, kv, key);
    if (pathname === "/token") return exchange(request, kv, ctx);
    return page(request, env);
  },
};

/** On the custom domain. */
function page(request, { HUB }) {
  if (new URL(request.url).searchParams.has("guid")) return new Response("<!doctype html>");
  return redirect(`${HUB}/sso?next=${encodeURIComponent(request.url)}`);
}

/** On the hub, where the cookie of the sign-in is. */
async function handOut(request, kv, key) {
  const next = new URL(new URL(request.url).searchParams.get("next"));
  const guid = crypto.randomUUID();
  const { payload } = await jwtVerify(readCookie(request, "login"), key);
  const token = await new SignJWT({ sub: payload.sub })
    .setProtectedHeader({ alg: "HS256" })
    .setExpirationTime(Math.floor(Date.now() / 1000) + TOKEN_SECONDS)
    .sign(key);
  await kv.put(guid, token, { expirationTtl: TICKET_SECONDS });
  next.searchParams.set("guid", guid);
  return redirect(next.href);
}

/** On the hub, for the script of the page. */
async function exchange(request, kv, ctx) {
  const guid = new URL(request.url).searchParams.get("guid");
  const token = await kv.get(guid);
  ctx.waitUntil(kv.delete(guid));
  const headers = { "Access-Control-Allow-Origin": request.headers.get("Origin") ?? "" };
  return Response.json({ token }, { headers });
}

function redirect(Location) {
  return new Response(null, { status: 302, headers: { Location } });
}
