import { base64url, fromBase64url, utf8, utf8Text } from "../base/bytes.js";
import { isCanonicalOrigin } from "../policy/origin-form.js";

/** For which preview an answer of the provider is, as its `state` says. STORAGE.md has the form. */
export interface AddressedState {
  /** Of the preview's own flow; the relay can do nothing with it. */
  readonly state: string;
  /** https, in canonical form. */
  readonly origin: string;
  readonly realm: string;
}

/** Id and secret of a flow, base64url of a realm, a host. */
const ADDRESSED = /^([\w-]{16}\.[\w-]{43})\.([\w-]{1,171})\.(.+)$/;
const MAX_REALM_LENGTH = 128;

/** Of a preview alone: no production is called so, by mistake either. */
export function isPreviewRealm(realm: unknown): realm is string {
  return typeof realm === "string" && realm.length <= MAX_REALM_LENGTH && /^preview(?::[\x21-\x7e]+)?$/.test(realm);
}

/** A `state` that says where its answer is to go. Letters, digits, `.`, `-`, `_`, and `:` where a port is named. */
export function writeAddressedState(state: string, host: string, realm: string): string {
  return `${state}.${base64url(utf8(realm))}.${host}`;
}

/** `null` for a `state` that names no preview, and for every other spelling of one that does. */
export function readAddressedState(text: string): AddressedState | null {
  const [, state, encoded, host] = ADDRESSED.exec(text) ?? [];
  if (state === undefined || encoded === undefined) return null;
  const bytes = fromBase64url(encoded);
  const realm = bytes && utf8Text(bytes);
  const origin = `https://${host}`;
  return isPreviewRealm(realm) && isCanonicalOrigin(origin) ? { state, origin, realm } : null;
}
