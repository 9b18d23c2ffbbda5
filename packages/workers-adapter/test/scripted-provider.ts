/**
 * WorkOS as far as sessions see it, with single-use refresh tokens and no mercy: a token that comes twice is refused. It
 * counts its calls and fails on command. Web APIs only: tests pass `fetch` into an auth, or put it behind a socket.
 */
export interface ScriptedProvider {
  readonly clientId: string;
  /** Base of every URL and the `iss` of every token. */
  readonly apiUrl: string;
  readonly calls: Readonly<Record<Call, number>>;
  /** As passed to `createAuth`, and what a server answers with. */
  fetch(input: string, init?: RequestInit): Promise<Response>;
  /** Signs somebody in without a browser: what the provider would answer to a code. */
  issue(options?: IssueOptions): Promise<IssuedTokens>;
  /** Instead of answering; `null`: works again. Of some calls only: the others go on. */
  fail(failure: Failure | null, only?: readonly Call[]): void;
  /** The right answer, but late. */
  delay(milliseconds: number): void;
  /** Tokens are signed with a new key; the old one leaves the set at once, or stays beside it. */
  rotateKeys(options?: { readonly keepOld?: boolean }): Promise<void>;
  /** The provider's own log-out: refreshing answers `invalid_grant` from now on. */
  endSession(sid: string): void;
  resetCalls(): void;
}

export type Call = "jwks" | "refresh" | "code" | "revoke" | "organizations" | "other";

export type Failure =
  | { readonly kind: "status"; readonly status: number; readonly body?: string; readonly retryAfter?: string }
  | { readonly kind: "unreachable" }
  | { readonly kind: "silent" }
  /** The tokens are renewed, and the answer is lost on its way. */
  | { readonly kind: "lost" };

export interface IssueOptions {
  readonly userId?: string;
  readonly organizationId?: string;
  readonly permissions?: readonly string[];
  /** Of the access token, from now; negative: has ended already. Default 300. */
  readonly expiresIn?: number;
  /** Of the sign-in, in epoch seconds. Default: the token says nothing of it. */
  readonly signedInAt?: number;
}

export interface IssuedTokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly sid: string;
  readonly user: { readonly id: string; readonly email: string };
}

interface Session {
  readonly sid: string;
  readonly userId: string;
  organizationId: string | undefined;
  readonly permissions: readonly string[];
  readonly signedInAt: number | undefined;
  refreshToken: string;
  ended: boolean;
}

interface SigningKey {
  readonly kid: string;
  readonly pair: CryptoKeyPair;
}

export interface ScriptedProviderOptions {
  readonly apiUrl?: string;
  readonly clientId?: string;
  /** Epoch seconds. */
  readonly now?: () => number;
  /** Life of the access tokens a refresh gives. Default 300. */
  readonly tokenSeconds?: number;
}

export async function createScriptedProvider(options: ScriptedProviderOptions = {}): Promise<ScriptedProvider> {
  const { apiUrl = "https://provider.example", clientId = "client_scripted", tokenSeconds = 300 } = options;
  const now = options.now ?? (() => Math.floor(Date.now() / 1000));
  const sessions = new Map<string, Session>();
  const calls: Record<Call, number> = { jwks: 0, refresh: 0, code: 0, revoke: 0, organizations: 0, other: 0 };
  let keys: readonly SigningKey[] = [await makeKey(0)];
  let made = 1;
  let failure: Failure | null = null;
  let failing: readonly Call[] | undefined;
  let delayed = 0;

  async function accessToken(session: Session, expiresIn: number): Promise<string> {
    const at = now();
    const { sid, userId, organizationId, permissions, signedInAt } = session;
    return sign(keys[0], {
      iss: apiUrl,
      sub: userId,
      sid,
      client_id: clientId,
      jti: crypto.randomUUID(),
      // A token that is nearly over has had a full life, else it would count as a short one.
      iat: at + expiresIn - Math.max(tokenSeconds, expiresIn),
      exp: at + expiresIn,
      permissions,
      ...(signedInAt !== undefined && { auth_time: signedInAt }),
      ...(organizationId !== undefined && { org_id: organizationId, role: "member" }),
    });
  }

  async function issue(wanted: IssueOptions = {}): Promise<IssuedTokens> {
    const sid = `session_${crypto.randomUUID()}`;
    const {
      userId = "user_ada",
      organizationId,
      permissions = ["projects:read"],
      expiresIn = 300,
      signedInAt,
    } = wanted;
    const session: Session = {
      sid,
      userId,
      organizationId,
      permissions,
      signedInAt,
      refreshToken: newRefreshToken(),
      ended: false,
    };
    sessions.set(sid, session);
    const token = await accessToken(session, expiresIn);
    return { accessToken: token, refreshToken: session.refreshToken, sid, user: userOf(userId) };
  }

  async function refresh(body: Record<string, string>): Promise<Response> {
    const session = [...sessions.values()].find((known) => known.refreshToken === body.refresh_token);
    if (!session || session.ended) {
      return Response.json(
        { error: "invalid_grant", error_description: "Refresh token already exchanged." },
        { status: 400 },
      );
    }
    session.refreshToken = newRefreshToken();
    if (body.organization_id !== undefined) session.organizationId = body.organization_id;
    return Response.json({
      user: { ...userOf(session.userId), first_name: null, last_name: null, profile_picture_url: null },
      access_token: await accessToken(session, tokenSeconds),
      refresh_token: session.refreshToken,
      ...(session.organizationId !== undefined && { organization_id: session.organizationId }),
      authentication_method: "OAuth",
    });
  }

  async function answer(call: Call, body: Record<string, string>): Promise<Response> {
    switch (call) {
      case "jwks":
        return Response.json({ keys: await Promise.all(keys.map(publicKey)) });
      case "refresh":
        return refresh(body);
      case "revoke": {
        const session = sessions.get(body.session_id ?? "");
        if (session) session.ended = true;
        return Response.json({ success: true });
      }
      case "organizations":
        return Response.json({ data: [], list_metadata: { before: null, after: null } });
      default:
        return Response.json({ message: "Not found", code: "not_found" }, { status: 404 });
    }
  }

  async function fetch(input: string, init: RequestInit = {}): Promise<Response> {
    const request = new Request(input, init);
    const { pathname } = new URL(request.url);
    const body: Record<string, string> = request.method === "POST" ? await request.json() : {};
    const call = callOf(pathname, body);
    calls[call]++;
    if (delayed > 0) await new Promise((resolve) => setTimeout(resolve, delayed));
    if (!failure || (failing && !failing.includes(call))) return answer(call, body);
    switch (failure.kind) {
      case "status": {
        const headers = failure.retryAfter === undefined ? {} : { "Retry-After": failure.retryAfter };
        return new Response(failure.body ?? "<h1>Oh no</h1>", { status: failure.status, headers });
      }
      case "silent":
        return new Promise((_resolve, reject) => {
          init.signal?.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
        });
      case "lost":
        await answer(call, body);
        throw new TypeError("fetch failed");
      case "unreachable":
        throw new TypeError("fetch failed");
    }
  }

  return {
    clientId,
    apiUrl,
    calls,
    fetch,
    issue,
    fail(next, only) {
      failure = next;
      failing = only;
    },
    delay(milliseconds) {
      delayed = milliseconds;
    },
    async rotateKeys({ keepOld = false } = {}) {
      keys = [await makeKey(made++), ...(keepOld ? keys : [])];
    },
    endSession(sid) {
      const session = sessions.get(sid);
      if (session) session.ended = true;
    },
    resetCalls() {
      for (const call of Object.keys(calls)) calls[call as Call] = 0;
    },
  };
}

function callOf(pathname: string, body: Record<string, string>): Call {
  if (pathname.includes("/sso/jwks/")) return "jwks";
  if (pathname.endsWith("/sessions/revoke")) return "revoke";
  if (pathname.endsWith("/organization_memberships")) return "organizations";
  if (!pathname.endsWith("/authenticate")) return "other";
  return body.grant_type === "refresh_token" ? "refresh" : "code";
}

function userOf(id: string): { readonly id: string; readonly email: string } {
  return { id, email: `${id.replace("user_", "")}@example.com` };
}

function newRefreshToken(): string {
  return `rt_${crypto.randomUUID().replaceAll("-", "")}`;
}

async function makeKey(at: number): Promise<SigningKey> {
  const algorithm = {
    name: "RSASSA-PKCS1-v1_5",
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: "SHA-256",
  };
  const pair = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  return { kid: `key_${at}`, pair: pair as CryptoKeyPair };
}

async function publicKey({ kid, pair }: SigningKey): Promise<object> {
  const { kty, n, e } = (await crypto.subtle.exportKey("jwk", pair.publicKey)) as JsonWebKey;
  return { kid, kty, n, e, use: "sig", alg: "RS256" };
}

async function sign(key: SigningKey | undefined, claims: object): Promise<string> {
  if (!key) throw new Error("A provider without a key.");
  const part = (value: object) => base64url(new TextEncoder().encode(JSON.stringify(value)));
  const text = `${part({ alg: "RS256", kid: key.kid, typ: "JWT" })}.${part(claims)}`;
  const signature = await crypto.subtle.sign("RSASSA-PKCS1-v1_5", key.pair.privateKey, new TextEncoder().encode(text));
  return `${text}.${base64url(new Uint8Array(signature))}`;
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
}
