import { createTokenVerifier } from "./token-keys.mjs";

/** For contestants that only open: what a Worker adds to know who is asking. Throws when nobody is signed in. */
export function openAndVerify(env, open) {
  const verify = createTokenVerifier(env);
  return async function authenticate(request) {
    const { accessToken } = await open(request);
    const { sub, permissions } = await verify(accessToken);
    return { userId: sub, permissions };
  };
}

export function readCookie(request, name) {
  const start = `${name}=`;
  const pair = request.headers
    .get("Cookie")
    ?.split("; ")
    .find((candidate) => candidate.startsWith(start));
  if (pair === undefined) throw new Error("no cookie");
  return pair.slice(start.length);
}
