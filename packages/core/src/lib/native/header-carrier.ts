import { jsonAnswer } from "../base/answers.js";
import { UNAUTHENTICATED } from "../base/failure.js";
import { type HeaderError, headerRefusals } from "../bearer/header-answers.js";
import type { Carrier } from "../session/carrier.js";
import type { HeaderRefusals } from "../session/visitor-states.js";

/** Of the answer that brings a session's new text. No upstream can send one: our prefix is taken off its answers. */
export const UPDATE_HEADER = "Edgeseal-Session";

/** The header whose value is `Bearer` and a text; any other holds the text alone. */
export const DEFAULT_HEADER = "Authorization";

/** How a stored session begins in a cookie, and in a header. */
const STORED = /^eo1\./;
const STORED_IN_HEADER = "eh1.";

/**
 * The session that this header brings; `null`: it brings none. In `Authorization` only what begins like one of ours, so that
 * other tokens may come there, too; two such headers arrive as one, which does not open.
 */
export function textIn(request: Request, header: string): string | null {
  const value = request.headers.get(header);
  if (value === null || header !== DEFAULT_HEADER) return value;
  const [, text = null] = /^bearer +(e[sh]1\..*)$/i.exec(value) ?? [];
  return text;
}

/** A session's text in a header of the request; a new one goes back in `Edgeseal-Session`. Nothing is taken back. */
export function headerCarrier(header: string): Carrier {
  return {
    varyBy: header,
    byHeader: refusalsFor(header, "invalid_token"),
    read(request) {
      const text = textIn(request, header);
      return text === null ? { ok: false, reason: "no_credential", cookies: [] } : { ok: true, text: asInside(text) };
    },
    write: (text) => [text.replace(STORED, STORED_IN_HEADER)],
    clear: () => [],
  };
}

/** An id opens in any place, unlike a seal: its own beginning says that this one is no cookie's. */
function asInside(text: string): string {
  return STORED.test(text) ? "" : text.replace(/^eh1\./, "eo1.");
}

/** Of RFC 6750 §3 where its scheme is the one; a header of one's own has no scheme to challenge with. */
export function refusalsFor(header: string, error: HeaderError): HeaderRefusals {
  const bearer = headerRefusals(error);
  const refuse = (): Response => jsonAnswer(UNAUTHENTICATED.status, { error: UNAUTHENTICATED.error });
  return {
    ...bearer,
    ...(header !== DEFAULT_HEADER && { refuse }),
    // Not over one that a handler's answer has: that is newer.
    deliver: (headers, text) => void (headers.has(UPDATE_HEADER) || headers.set(UPDATE_HEADER, text)),
  };
}

/** In place of a cookie's name in what is authenticated: no cookie can be called so (RFC 6265 §4.1.1). */
export function sealedAs(header: string): string {
  return `header:${header.toLowerCase()}`;
}
