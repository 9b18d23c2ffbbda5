import {
  ALL,
  entryName,
  isRevocableId,
  membershipMark,
  type RevocationScope,
  sessionMark,
  WITHOUT_SID,
} from "./revocation-names.js";

/** By what a session can be ended. */
export interface RevocableSession {
  /** Ledger name. */
  readonly name: string;
  readonly userId: string;
  readonly organizationId?: string;
  /** The provider's own session id, where the token has one. */
  readonly sid?: string;
  /** When the person signed in, in epoch seconds. */
  readonly createdAt: number;
  /** `iat` of the access token: the provider's word that this person is in that organisation. */
  readonly tokenIssuedAt: number;
}

/** One that its own browser leaves: by a log-out, or by a new sign-in. */
export interface LeavingSession extends Pick<RevocableSession, "name" | "userId" | "createdAt"> {
  /** When it would have ended, in epoch seconds: nothing of it need be remembered after that. */
  readonly endsAt: number;
}

/** What is asked of one entry: these marks, each ended when the moment is not later than what the entry says. */
export interface RevocationQuestion {
  readonly name: string;
  readonly marks: readonly {
    readonly mark: string;
    readonly by: "session" | "provider_session" | "user" | "organization" | "membership";
    readonly moment: number;
  }[];
}

/** One to three entries, to be asked side by side: the person's, the organisation's, that of the provider's session. */
export async function revocationQuestions(
  session: RevocableSession,
  scope: RevocationScope,
): Promise<readonly RevocationQuestion[]> {
  const { name, userId, organizationId, sid, createdAt: moment, tokenIssuedAt } = session;
  const isNamed = isRevocableId(sid);
  const [user, organization, provided] = await Promise.all([
    entryName(scope, "user", userId),
    organizationId === undefined ? null : entryName(scope, "organization", organizationId),
    isNamed ? entryName(scope, "sid", sid) : null,
  ]);
  return [
    {
      name: user,
      marks: [
        { mark: sessionMark(name), by: "session", moment },
        { mark: ALL, by: "user", moment },
        ...(isNamed ? [] : [{ mark: WITHOUT_SID, by: "provider_session" as const, moment }]),
        // Whoever was let in again has a token of after that: a membership is the provider's word, not the sign-in's.
        ...(organization === null
          ? []
          : [{ mark: membershipMark(organization), by: "membership" as const, moment: tokenIssuedAt }]),
      ],
    },
    ...(organization === null ? [] : [entireEntry(organization, "organization", moment)]),
    ...(provided === null ? [] : [entireEntry(provided, "provider_session", moment)]),
  ];
}

function entireEntry(name: string, by: RevocationQuestion["marks"][number]["by"], moment: number): RevocationQuestion {
  return { name, marks: [{ mark: ALL, by, moment }] };
}
