import type { Background, Emit } from "../base/ports.js";
import type { Anonymous } from "../session/request-auth.js";
import type { Sessions } from "../session/sessions.js";
import { anonymous } from "../session/visitor-states.js";
import { refusalsFor } from "./header-carrier.js";

/** What a request proves itself with. `both`: which one counts cannot be told, so neither does. */
export type CredentialKind = "cookie" | "header" | "both";

export interface NativeSessionsParts {
  readonly header: string;
  readonly byHeader: Sessions;
  readonly byCookie: Sessions;
  readonly loginPath: string;
  readonly emit: Emit;
  kindOf(request: Request): CredentialKind;
}

/** The sessions of one configuration, by whichever credential the request brings. New ones are in the cookie. */
export function nativeSessions(parts: NativeSessionsParts): Sessions {
  const { header, byHeader, byCookie, loginPath, emit, kindOf } = parts;

  function refuseBoth(request: Request, background: Background | undefined): Anonymous {
    const reason = "ambiguous_credential";
    emit({ type: reason }, background, request);
    const byHeader = refusalsFor(header, "invalid_request");
    const about = { request, loginPath, cookies: [], sessionRead: true, emit, background, byHeader };
    return anonymous({ ...about, varyBy: `Cookie, ${header}` }, reason);
  }

  function by(name: "validate" | "refresh"): Sessions["validate"] {
    return async (request, background) => {
      const kind = kindOf(request);
      if (kind === "both") return refuseBoth(request, background);
      if (kind === "header") return byHeader[name](request, background);
      const visitor = await byCookie[name](request, background);
      if (visitor.state !== "anonymous" || visitor.reason !== "no_credential") return visitor;
      // Nothing came, so a cache may keep what they get: not for those who come with either.
      const about = { request, loginPath, cookies: [], sessionRead: false, emit, background };
      return anonymous({ ...about, varyBy: `Cookie, ${header}` }, visitor.reason);
    };
  }

  return {
    ...byCookie,
    validate: by("validate"),
    refresh: by("refresh"),
    async switchOrganization(request, organizationId, background) {
      const kind = kindOf(request);
      if (kind === "both") return { ok: false, reason: "session_over", auth: refuseBoth(request, background) };
      return (kind === "header" ? byHeader : byCookie).switchOrganization(request, organizationId, background);
    },
    async list(request, background) {
      const kind = kindOf(request);
      if (kind === "both") return { ok: false, auth: refuseBoth(request, background) };
      return (kind === "header" ? byHeader : byCookie).list(request, background);
    },
    async endListed(request, which, background) {
      const kind = kindOf(request);
      if (kind === "both") return { ok: false, reason: "unauthenticated", auth: refuseBoth(request, background) };
      return (kind === "header" ? byHeader : byCookie).endListed(request, which, background);
    },
    async end(request, background) {
      const kind = kindOf(request);
      if (kind === "cookie") return byCookie.end(request, background);
      const ended = await byHeader.end(request, background);
      if (kind === "header") return ended;
      // Whoever leaves leaves with both.
      const { cookies } = await byCookie.end(request, background);
      return { ...ended, cookies };
    },
  };
}
