import { type FetchedText, fetchText } from "../base/fetch-text.js";
import { isRecord, parseJsonObject } from "../base/json.js";
import type { Runtime } from "../base/ports.js";

/** The calls we make. `new WorkOS(apiKey, { clientId })` of `@workos-inc/node` fits as it is. */
export interface WorkosClient {
  readonly userManagement: {
    authenticateWithCode(options: { clientId?: string; code: string; codeVerifier?: string }): Promise<WorkosAnswer>;
    authenticateWithRefreshToken(options: {
      clientId?: string;
      refreshToken: string;
      organizationId?: string;
    }): Promise<WorkosAnswer>;
    authenticateWithOrganizationSelection(options: {
      clientId?: string;
      pendingAuthenticationToken: string;
      organizationId: string;
    }): Promise<WorkosAnswer>;
    revokeSession(options: { sessionId: string }): Promise<void>;
    listOrganizationMemberships(options: { userId: string; limit?: number }): Promise<WorkosMemberships>;
  };
}

export interface WorkosMemberships {
  readonly data: readonly {
    readonly organizationId: string;
    readonly organizationName?: string;
    readonly role: { readonly slug: string };
  }[];
}

export interface WorkosAnswer {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly organizationId?: string;
  readonly user: {
    readonly id: string;
    readonly email: string;
    readonly firstName: string | null;
    readonly lastName: string | null;
    readonly profilePictureUrl: string | null;
  };
  readonly impersonator?: { readonly email: string; readonly reason: string | null };
  readonly oauthTokens?: {
    readonly accessToken: string;
    readonly refreshToken: string;
    readonly expiresAt: number;
    readonly scopes: readonly string[];
  };
}

/** What both clients' answers are before they are looked at: `@workos-inc/node` passes on what came. */
export type UncheckedWorkosClient = {
  readonly userManagement: {
    readonly [Call in keyof WorkosClient["userManagement"]]: (
      ...options: Parameters<WorkosClient["userManagement"][Call]>
    ) => Promise<unknown>;
  };
};

/** Fields of a failed call, named as the exceptions of `@workos-inc/node` name them. */
export interface WorkosFailure {
  readonly status?: number;
  /** Of an answer that could not be parsed. */
  readonly rawStatus?: number;
  readonly rawData?: Readonly<Record<string, unknown>>;
  /** The header as it came. */
  readonly retryAfter?: string | null;
}

export interface LightClientOptions {
  readonly apiUrl: string;
  readonly clientId: string;
  readonly apiKey: string;
  readonly fetch: Runtime["fetch"];
}

const DEADLINE_MILLISECONDS = 8000;
const MAX_BYTES = 262_144;

/** Five calls over `fetch`: a twentieth of the official SDK, which also retries a refresh whose answer was lost. */
export function createLightClient({ apiUrl, clientId, apiKey, fetch }: LightClientOptions): UncheckedWorkosClient {
  async function send(path: string, body: Readonly<Record<string, string>> | null): Promise<Record<string, unknown>> {
    const fetched = await fetchText(`${apiUrl}/user_management/${path}`, {
      fetch,
      ...(body && { method: "POST", body: JSON.stringify(body) }),
      headers: {
        Accept: "application/json",
        Authorization: `Bearer ${apiKey}`,
        ...(body && { "Content-Type": "application/json" }),
      },
      deadlineMilliseconds: DEADLINE_MILLISECONDS,
      maxBytes: MAX_BYTES,
    });
    return readAnswer(fetched);
  }

  async function authenticate(grant: Readonly<Record<string, string>>): Promise<unknown> {
    return camelCased(await send("authenticate", { client_id: clientId, client_secret: apiKey, ...grant }));
  }

  return {
    userManagement: {
      authenticateWithCode: ({ code, codeVerifier }) =>
        authenticate({
          grant_type: "authorization_code",
          code,
          ...(codeVerifier !== undefined && { code_verifier: codeVerifier }),
        }),
      authenticateWithRefreshToken: ({ refreshToken, organizationId }) =>
        authenticate({
          grant_type: "refresh_token",
          refresh_token: refreshToken,
          ...(organizationId !== undefined && { organization_id: organizationId }),
        }),
      authenticateWithOrganizationSelection: ({ pendingAuthenticationToken, organizationId }) =>
        authenticate({
          grant_type: "urn:workos:oauth:grant-type:organization-selection",
          pending_authentication_token: pendingAuthenticationToken,
          organization_id: organizationId,
        }),
      revokeSession: ({ sessionId }) => send("sessions/revoke", { session_id: sessionId }),
      listOrganizationMemberships: async ({ userId, limit = 100 }) => {
        const query = new URLSearchParams({ user_id: userId, limit: String(limit) });
        return camelCased(await send(`organization_memberships?${query}`, null));
      },
    },
  };
}

function readAnswer(fetched: FetchedText): Record<string, unknown> {
  if (!fetched.ok) {
    // Too much, or bytes that are no text, is an answer of some kind; everything else is none.
    const isAnswer = fetched.reason === "too_large" || fetched.reason === "not_utf8";
    throw failure(isAnswer ? { rawStatus: 200 } : {}, fetched.reason);
  }
  const { status, headers, text } = fetched;
  const rawData = parseJsonObject(text);
  if (status >= 200 && status < 300) {
    // A revocation is answered without a body by some versions.
    if (text === "") return {};
    if (rawData) return rawData;
  }
  const retryAfter = headers.get("retry-after");
  throw failure(rawData ? { status, rawData, retryAfter } : { rawStatus: status, retryAfter }, `status ${status}`);
}

/** No `AuthError`: its `code` would read like one of the provider's. */
function failure(fields: WorkosFailure, what: string): Error {
  return Object.assign(new Error(`WorkOS did not answer as promised: ${what}.`), fields);
}

/** `access_token` → `accessToken`, all the way down, as the SDK names things. */
function camelCased(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelCased);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      camelCased(member),
    ]),
  );
}
