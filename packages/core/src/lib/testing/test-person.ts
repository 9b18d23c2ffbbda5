import type { User } from "../provider/provider.js";
import type { AccessTokenClaims } from "../token/claims.js";

/** Who is signed in. Everything left out is a plain person without organisation and permissions. */
export interface TestPerson {
  readonly user?: Partial<User>;
  readonly organizationId?: string;
  /** Default, at WorkOS and in an organisation: `member`. */
  readonly role?: string;
  readonly permissions?: readonly string[];
  /** Put into every token, over what stands there. */
  readonly claims?: Partial<AccessTokenClaims>;
  /** Of the first access token. Negative: already expired. Default 300. */
  readonly expiresInSeconds?: number;
}

export function userOf(person: TestPerson): User {
  const id = person.user?.id ?? person.claims?.sub ?? "user_1";
  return { id, email: `${id}@example.com`, ...person.user };
}
