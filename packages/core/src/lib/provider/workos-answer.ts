import { isRecord, isText } from "../base/json.js";
import type { Impersonator, Organization, ProviderAnswer, UpstreamTokens, User } from "./provider.js";

const MAX_TOKEN_LENGTH = 16_384;
const MALFORMED: ProviderAnswer = { ok: false, final: false, reason: "provider_malformed" };

/**
 * The named fields of an answer, each checked; never the whole of it, which may hold anything (the emulator adds a sealed
 * session that would double the cookie). After a sign-in a user and a refresh token are promised; a refresh may leave
 * both out, then the ones at hand stay good.
 */
export function tokensOf(answer: unknown, call: "sign-in" | "refresh"): ProviderAnswer {
  if (!isRecord(answer) || !isToken(answer.accessToken)) return MALFORMED;
  const { accessToken } = answer;
  const { refreshToken, organizationId } = answer;
  const user = isAbsent(answer.user) ? undefined : userOf(answer.user);
  const impersonator = isAbsent(answer.impersonator) ? undefined : impersonatorOf(answer.impersonator);
  const upstreamTokens = upstreamOf(answer.oauthTokens);
  if (user === null || impersonator === null) return MALFORMED;
  if (!(isAbsent(refreshToken) ? call === "refresh" : isToken(refreshToken))) return MALFORMED;
  if (user === undefined && call === "sign-in") return MALFORMED;
  if (!isAbsent(organizationId) && !isText(organizationId)) return MALFORMED;
  return {
    ok: true,
    accessToken,
    ...(isToken(refreshToken) && { refreshToken }),
    ...(user && { user }),
    ...(isText(organizationId) && { organizationId }),
    ...(impersonator && { impersonator }),
    ...(upstreamTokens && { upstreamTokens }),
  };
}

/** `null` when it is not the list that was promised. */
export function membershipsOf(answer: unknown): readonly Organization[] | null {
  if (!isRecord(answer) || !Array.isArray(answer.data)) return null;
  const organizations = answer.data.map((item: unknown) => {
    if (!isRecord(item) || !isText(item.organizationId)) return null;
    const { organizationId: id, organizationName: name, role } = item;
    const slug = isRecord(role) ? role.slug : undefined;
    return { id, ...(isText(name) && { name }), ...(isText(slug) && { role: slug }) };
  });
  return organizations.every((one) => one !== null) ? organizations : null;
}

function userOf(value: unknown): User | null {
  if (!isRecord(value) || !isText(value.id)) return null;
  const { id, email, firstName, lastName, profilePictureUrl } = value;
  if (![email, firstName, lastName, profilePictureUrl].every(isOptionalText)) return null;
  return {
    id,
    ...(isText(email) && { email }),
    ...(isText(firstName) && { firstName }),
    ...(isText(lastName) && { lastName }),
    ...(isText(profilePictureUrl) && { profilePictureUrl }),
  };
}

function impersonatorOf(value: unknown): Impersonator | null {
  if (!isRecord(value) || !isText(value.email)) return null;
  return { email: value.email, ...(isText(value.reason) && { reason: value.reason }) };
}

/** Somebody else's tokens, passed on to `onLogin` only: an odd shape there is no reason to refuse the sign-in. */
function upstreamOf(value: unknown): UpstreamTokens | undefined {
  if (!isRecord(value) || !isText(value.accessToken)) return undefined;
  const { accessToken, refreshToken, expiresAt, scopes } = value;
  return {
    accessToken,
    ...(isText(refreshToken) && { refreshToken }),
    ...(typeof expiresAt === "number" && expiresAt > 0 && { expiresAt }),
    ...(Array.isArray(scopes) && scopes.every((scope) => typeof scope === "string") && { scopes }),
  };
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

function isOptionalText(value: unknown): boolean {
  return isAbsent(value) || typeof value === "string";
}

function isToken(value: unknown): value is string {
  return isText(value) && value.length <= MAX_TOKEN_LENGTH;
}
