// The core alone under DOM types: no Workers global may be needed to compile against it.
import {
  createAuth,
  createKeySource,
  generateSessionKeys,
  isAuthError,
  parseSessionKeys,
  sealSession,
  sessionFromTokens,
  unsealSession,
  verifyToken,
} from "@edgeseal/core";
import { workos, workosTokens } from "@edgeseal/core/providers/workos";
import { seal, unseal } from "@edgeseal/core/seal";

const keyring = parseSessionKeys(generateSessionKeys());
const cookieName = "__Host-session";

export async function sealed(tokens: { accessToken: string; refreshToken: string }): Promise<string> {
  const session = sessionFromTokens({ ...tokens, user: { id: "user_1" } });
  return await sealSession(session, keyring, { cookieName });
}

export async function whoAmI(text: string): Promise<string> {
  const opened = await unsealSession(text, keyring, { cookieName, now: () => Date.now() / 1000 });
  return opened.ok ? opened.session.user.id : opened.reason;
}

export async function ticket(): Promise<Uint8Array | string> {
  const purpose = "ticket";
  const context = ["https://app.example.com", ""];
  const text = await seal(new Uint8Array([1]), { keyring, purpose, context, expiresAt: 2_000_000_000 });
  const opened = await unseal(text, { keyring, purpose, context });
  return opened.ok ? opened.body : opened.reason;
}

export async function subjectOf(token: string): Promise<string> {
  const trust = workosTokens({ clientId: "client_example" });
  const checked = await verifyToken(token, createKeySource(trust.jwksUrl), trust.verify);
  return checked.ok ? checked.claims.sub : checked.reason;
}

export async function answer(request: Request): Promise<Response> {
  try {
    const provider = workos({ clientId: "client_example", apiKey: "sk_example", redirectUri: "https://a.example/cb" });
    const auth = await createAuth({ keyring, provider }).validateRequest(request);
    return auth.state === "authenticated" ? auth.apply(Response.json(auth.permissions)) : auth.deny();
  } catch (error) {
    if (isAuthError(error, "config_invalid")) return new Response(error.problems.join("\n"), { status: 500 });
    throw error;
  }
}
