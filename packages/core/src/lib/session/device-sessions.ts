import type { Anonymous, Authenticated, Unavailable } from "./request-auth.js";

/** One sign-in of a person that is still good: a browser, a phone, a program. Times in epoch seconds. */
export interface DeviceSession {
  /** Its name in events and in the routes, the same as long as it lasts. Nobody gets in with it. */
  readonly id: string;
  /** When the person signed in there. */
  readonly createdAt: number;
  /** When it was last asked for; exact to five minutes. */
  readonly seenAt: number;
  /** What `deviceLabel` of the store made of the client. Absent: it makes nothing of it, or there is none. */
  readonly device?: string;
  /** What the client called itself at the sign-in: one line of at most 256 characters, true or not. Absent: not known. */
  readonly userAgent?: string;
  /** Where the sign-in came from. Absent: not known. */
  readonly ipAddress?: string;
  readonly organizationId?: string;
  /** It is the one that asks. */
  readonly current: boolean;
}

export type SessionList =
  /** Newest first, at most 1,000. */
  | { readonly ok: true; readonly auth: Authenticated; readonly sessions: readonly DeviceSession[] }
  | { readonly ok: false; readonly auth: Anonymous | Unavailable };

/** All of a person's sessions but the one that asks, or all of them. */
export interface WhichSessions {
  readonly except: "current" | "none";
}

export type SessionsEnded =
  | {
      readonly ok: true;
      readonly ended: number;
      /** Anonymous, and taking the cookie back, where the session that asked is among them. */
      readonly auth: Authenticated | Anonymous;
    }
  /** The person has no such session: it ended before, it is somebody else's, or there never was one. */
  | { readonly ok: false; readonly reason: "not_found"; readonly auth: Authenticated }
  | { readonly ok: false; readonly reason: "unauthenticated"; readonly auth: Anonymous }
  /** It may have been done all the same: ask again. */
  | { readonly ok: false; readonly reason: "unavailable"; readonly auth: Unavailable };
