import type { User } from "../provider/provider.js";
import { type TestPerson, userOf } from "./test-person.js";

/** A sign-in at the provider: what its session lives on. */
export interface Grant {
  readonly person: TestPerson;
  readonly user: User;
  /** The same over all refreshes. */
  readonly sid: string;
  /** Epoch seconds. */
  readonly signedInAt: number;
  readonly organizationId?: string;
  readonly refreshToken: string;
}

export interface Grants {
  open(person?: TestPerson): Grant;
  /** Spends a refresh token: the same grant with the next one; `null` when the token is unknown, spent or ended. */
  spend(refreshToken: string, organizationId?: string): Grant | null;
  end(by: { readonly sid?: string; readonly refreshToken?: string }): void;
  ofUser(userId: string): readonly Grant[];
}

export interface GrantRules {
  readonly now: () => number;
  /** How long a spent token still gives what it gave. 0: never. */
  readonly reuseSeconds: number;
  /** A spent token that comes again ends everything (RFC 9700 §4.14.2). */
  readonly endsOnReuse: boolean;
}

export function createGrants({ now, reuseSeconds, endsOnReuse }: GrantRules): Grants {
  const grants = new Map<string, Grant>();
  const spent = new Map<string, { readonly sid: string; readonly at: number }>();

  function reuse(refreshToken: string): Grant | undefined {
    const earlier = spent.get(refreshToken);
    if (earlier === undefined) return undefined;
    if (now() < earlier.at + reuseSeconds) return grants.get(earlier.sid);
    if (endsOnReuse) grants.delete(earlier.sid);
    return undefined;
  }

  function holderOf(refreshToken: string | undefined): Grant | undefined {
    return [...grants.values()].find((grant) => grant.refreshToken === refreshToken);
  }

  return {
    open(person = {}) {
      const { organizationId } = person;
      const grant: Grant = {
        person,
        user: userOf(person),
        sid: `session_${crypto.randomUUID()}`,
        signedInAt: now(),
        ...(organizationId !== undefined && { organizationId }),
        refreshToken: newRefreshToken(),
      };
      grants.set(grant.sid, grant);
      return grant;
    },
    spend(refreshToken, organizationId) {
      const held = holderOf(refreshToken);
      const grant = held ?? reuse(refreshToken);
      if (grant === undefined) return null;
      if (held) spent.set(refreshToken, { sid: held.sid, at: now() });
      const next = {
        ...grant,
        ...(organizationId !== undefined && { organizationId }),
        ...(held && { refreshToken: newRefreshToken() }),
      };
      grants.set(next.sid, next);
      return next;
    },
    end({ sid, refreshToken }) {
      const ended = sid ?? holderOf(refreshToken)?.sid;
      if (ended !== undefined) grants.delete(ended);
    },
    ofUser: (userId) => [...grants.values()].filter(({ user }) => user.id === userId),
  };
}

function newRefreshToken(): string {
  return `rt_${crypto.randomUUID().replaceAll("-", "")}`;
}
