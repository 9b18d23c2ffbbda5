import { challengeOf, isCodeVerifier } from "../provider/pkce.js";
import type { TestPerson } from "./test-person.js";

/** What an authorization code was given out for. */
export interface CodeUse {
  readonly person: TestPerson;
  readonly nonce?: string;
}

export interface Codes {
  /** The page where people sign in, without the page: whoever asks is signed in and sent back with a code. */
  authorize(query: URLSearchParams): Response;
  /** `null` for a code that is unknown, used before, or does not come with its PKCE verifier (RFC 7636 §4.6). */
  redeem(code: string | undefined, verifier: string | undefined): Promise<CodeUse | null>;
}

/** `iss`: sent back beside the code (RFC 9207), where the provider does that. */
export function createCodes(iss?: string): Codes {
  const codes = new Map<string, CodeUse & { readonly challenge: string }>();
  return {
    authorize(query) {
      const redirectUri = query.get("redirect_uri") ?? "";
      const challenge = query.get("code_challenge");
      if (!URL.canParse(redirectUri) || challenge === null || query.get("code_challenge_method") !== "S256") {
        const description = "redirect_uri, code_challenge and code_challenge_method=S256 are needed.";
        return Response.json({ error: "invalid_request", error_description: description }, { status: 400 });
      }
      const [organizationId, email, nonce] = ["organization_id", "login_hint", "nonce"].map((name) => query.get(name));
      const code = `code_${crypto.randomUUID()}`;
      const person = { ...(email && { user: { email } }), ...(organizationId && { organizationId }) };
      codes.set(code, { person, challenge, ...(nonce && { nonce }) });
      const back = new URL(redirectUri);
      back.searchParams.set("code", code);
      back.searchParams.set("state", query.get("state") ?? "");
      if (iss !== undefined) back.searchParams.set("iss", iss);
      return new Response(null, { status: 302, headers: { Location: back.href } });
    },

    async redeem(code = "", verifier = "") {
      const use = codes.get(code);
      codes.delete(code);
      if (use === undefined || !isCodeVerifier(verifier)) return null;
      return (await challengeOf(verifier)) === use.challenge ? use : null;
    },
  };
}
