import { type AuditEvent, type Auth, createAuth, parseSessionKeys } from "@edgeseal/core";
import { workos } from "@edgeseal/core/providers/workos";
import { createScriptedProvider, type IssueOptions, type ScriptedProvider } from "./scripted-provider.js";
import { type SignedIn, signIn, variablesFor } from "./visitors.js";

/** One auth that is not a Worker's: nothing of env, no execution context. Web APIs only. */
export interface HonoKit {
  readonly auth: Auth;
  readonly provider: ScriptedProvider;
  readonly events: AuditEvent[];
  signIn(options?: IssueOptions): Promise<SignedIn>;
}

export async function createHonoKit(): Promise<HonoKit> {
  const provider = createScriptedProvider();
  const variables = variablesFor(provider);
  const events: AuditEvent[] = [];
  const auth = createAuth({
    keyring: parseSessionKeys(variables.SESSION_KEYS),
    provider: workos({
      clientId: variables.WORKOS_CLIENT_ID,
      apiKey: variables.WORKOS_API_KEY,
      redirectUri: variables.WORKOS_REDIRECT_URI,
      apiUrl: variables.WORKOS_API_URL,
      fetch: provider.fetch,
    }),
    fetch: provider.fetch,
    audit: { send: async (event) => events.push(event) },
  });
  return { auth, provider, events, signIn: (options) => signIn(provider, variables, options) };
}

/** A Hono app, whatever its env and its routes. */
export interface Served {
  fetch(request: Request, env?: object): Response | Promise<Response>;
}

export interface Visit extends RequestInit {
  readonly cookie?: string;
  readonly env?: object;
}

/** A request as a server without an execution context hands it over. */
export async function visit(app: Served, path: string, { cookie, env, ...init }: Visit = {}): Promise<Response> {
  const request = new Request(`https://app.example${path}`, init);
  if (cookie !== undefined) request.headers.set("Cookie", cookie);
  return await app.fetch(request, env);
}
