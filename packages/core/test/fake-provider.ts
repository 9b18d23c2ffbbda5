import type { Provider, ProviderAnswer, ProviderTokens, User } from "../src/lib/provider/provider.js";
import type { FakeClock } from "../src/lib/testing/fake-clock.js";
import type { TestPerson as PublishedPerson } from "../src/lib/testing/test-person.js";
import type { Issuer } from "./issuer.js";
import { CLIENT_ID, ISSUER, JWKS_URL } from "./tokens.js";

export interface TestPerson extends Omit<PublishedPerson, "claims"> {
  /** Wrong ones too. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Organisations a switch may lead to. */
  readonly organizations?: readonly string[];
}

/**
 * What a coming refresh does instead of working. `lost`: the token is used up, and the answer never arrives.
 * A function works, and changes the answer.
 */
export type Outcome =
  | "network"
  | "timeout"
  | "500"
  | "invalid_grant"
  | "sso_required"
  | "malformed"
  | "throws"
  | "lost"
  | { readonly retryAfterSeconds: number }
  | ((answer: ProviderTokens, sign: (claims: object) => Promise<string>) => Promise<ProviderAnswer> | ProviderAnswer);

export interface ProviderCall {
  readonly kind: "refresh" | "revoke";
  readonly at: number;
  readonly organizationId?: string;
  readonly sid?: string;
}

export interface FakeProvider extends Provider {
  readonly calls: readonly ProviderCall[];
  count(kind: ProviderCall["kind"]): number;
  /** What the coming refreshes do, one after the other; then they work again. */
  next(...outcomes: readonly Outcome[]): void;
  /** Refreshes fail like that until told otherwise. */
  always(outcome: Outcome | null): void;
  /** Coming refreshes take the token in and hold their answer back until `release` is called. */
  hold(): { release(): void };
  /** As after an exchanged code. */
  signIn(person?: TestPerson): Promise<ProviderTokens>;
  /** Whether a token of this provider would still be taken. */
  isUsable(refreshToken: string | undefined): boolean;
  /** `true`: a refresh token goes on working, and comes back with every answer. */
  reuses(on: boolean): void;
  /** From now on new tokens live this long. */
  setTokenLife(seconds: number): void;
  /** What a person may do and where, from the next token on. */
  change(person: TestPerson): void;
}

interface Grant {
  person: TestPerson;
  readonly sid: string;
  organizationId: string | undefined;
  refreshToken: string;
  isEnded: boolean;
}

/** Our port itself, without a wire: refresh tokens work exactly once, and every failure is asked for. */
export function createFakeProvider(issuer: Issuer, clock: FakeClock): FakeProvider {
  const grants: Grant[] = [];
  const calls: ProviderCall[] = [];
  const script: Outcome[] = [];
  let standing: Outcome | null = null;
  let held: Promise<void> | null = null;
  let lifeSeconds: number | undefined;
  let isReusable = false;
  let made = 0;

  async function tokensOf(grant: Grant, life: number): Promise<ProviderTokens> {
    const { person, sid, organizationId } = grant;
    const user: User = { id: "user_01", email: "someone@example.com", ...person.user };
    const now = clock.now();
    const accessToken = await issuer.sign({
      iss: ISSUER,
      sub: user.id,
      sid,
      client_id: CLIENT_ID,
      jti: `jti_${++made}`,
      ...(organizationId !== undefined && { org_id: organizationId }),
      role: person.role ?? "member",
      permissions: person.permissions ?? ["projects:read"],
      iat: Math.min(now, now + life - 1),
      exp: now + life,
      ...person.claims,
    });
    return { ok: true, accessToken, refreshToken: grant.refreshToken, user };
  }

  async function refresh(input: Parameters<Provider["refresh"]>[0]): Promise<ProviderAnswer> {
    const { refreshToken, organizationId } = input;
    calls.push({ kind: "refresh", at: clock.now(), ...(organizationId !== undefined && { organizationId }) });
    const outcome = script.shift() ?? standing;
    const refusal = refusalOf(outcome);
    if (refusal) return refusal;
    if (outcome === "throws") throw new TypeError("fetch failed");
    const grant = grants.find((one) => one.refreshToken === refreshToken && !one.isEnded);
    if (!grant) return { ok: false, final: true, reason: "invalid_grant" };
    const { organizations = [] } = grant.person;
    if (organizationId !== undefined && organizationId !== grant.organizationId) {
      if (!organizations.includes(organizationId)) {
        return { ok: false, final: false, code: "organization_not_authorized" };
      }
      grant.organizationId = organizationId;
    }
    // Used up from here on, whatever becomes of the answer.
    if (!isReusable) grant.refreshToken = `refresh_${++made}`;
    const answer = await tokensOf(grant, lifeSeconds ?? 300);
    await held;
    if (outcome === "lost") return { ok: false, final: false };
    if (outcome === "malformed") return { ...answer, accessToken: "not.a.token" };
    return typeof outcome === "function" ? outcome(answer, (claims) => issuer.sign(claims)) : answer;
  }

  return {
    name: "test",
    jwksUrl: JWKS_URL,
    verify: { issuer: ISSUER, clientId: CLIENT_ID, algorithms: ["RS256", "ES256"] },
    calls,
    count: (kind) => calls.filter((call) => call.kind === kind).length,
    next: (...outcomes) => void script.push(...outcomes),
    always(outcome) {
      standing = outcome;
    },
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      return {
        release() {
          held = null;
          resolve();
        },
      };
    },
    async signIn(person = {}) {
      const number = ++made;
      const grant: Grant = {
        person,
        sid: `session_${number}`,
        organizationId: person.organizationId,
        refreshToken: `refresh_${number}`,
        isEnded: false,
      };
      grants.push(grant);
      return tokensOf(grant, person.expiresInSeconds ?? lifeSeconds ?? 300);
    },
    isUsable: (refreshToken) => grants.some((grant) => grant.refreshToken === refreshToken && !grant.isEnded),
    reuses(on) {
      isReusable = on;
    },
    setTokenLife(seconds) {
      lifeSeconds = seconds;
    },
    change(person) {
      for (const grant of grants) grant.person = { ...grant.person, ...person };
    },
    authorizationUrl: async ({ state }) => `https://login.example.com/?state=${state}`,
    exchange: async () => ({ ok: false, final: true, reason: "invalid_grant" }),
    refresh,
    logoutUrl: ({ sid }) => (sid === undefined ? null : `https://login.example.com/logout?sid=${sid}`),
    async revoke({ sid }) {
      calls.push({ kind: "revoke", at: clock.now(), ...(sid !== undefined && { sid }) });
      for (const grant of grants) if (grant.sid === sid) grant.isEnded = true;
    },
  };
}

function refusalOf(outcome: Outcome | null): ProviderAnswer | null {
  if (outcome === "invalid_grant" || outcome === "sso_required") return { ok: false, final: true, reason: outcome };
  if (outcome === "network" || outcome === "timeout" || outcome === "500") return { ok: false, final: false };
  if (typeof outcome === "object" && outcome !== null) return { ok: false, final: false, ...outcome };
  return null;
}
