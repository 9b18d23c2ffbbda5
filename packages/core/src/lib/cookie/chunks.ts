import { AuthError, refuseConfig } from "../base/errors.js";
import { hasCookieName, listCookieNames, readCookie } from "./read.js";

/**
 * A sealed text that is too long for one cookie travels as `name.0` … `name.3`. Each value says of how many parts the
 * text is and to which text it belongs: count ‖ "." ‖ six characters of the seal's salt ‖ "." ‖ part. Answers overtake
 * each other, so chunks of two generations may lie side by side in a browser: parts of one seal are told from parts of
 * another by that salt, and what was put together wrongly all the same the seal's tag refuses.
 */
export const PART_LENGTH = 3_800;
const MAX_CHUNKS = 4;

/** What four cookies hold; above that no cookie carries a session. */
export const MAX_TEXT_LENGTH: number = MAX_CHUNKS * PART_LENGTH;

/** Characters of an `es1` text that hold bits of its salt and of nothing else: after the prefix and the key id. */
const SET_ID = [10, 16] as const;

export interface CookiePair {
  readonly name: string;
  readonly value: string;
}

/** The cookies a text travels in: one, or as many chunks as it needs. Throws `session_too_large` above four. */
export function splitText(name: string, text: string): readonly CookiePair[] {
  if (text.length <= PART_LENGTH) return [{ name, value: text }];
  if (text.length > MAX_TEXT_LENGTH) {
    throw new AuthError("session_too_large", `A session has at most ${MAX_TEXT_LENGTH} characters in its cookies.`);
  }
  const set = setOf(text);
  refuseConfig(isSetId(set) ? [] : ["Only a text that `sealSession` made can be split into several cookies."]);
  const count = Math.ceil(text.length / PART_LENGTH);
  return Array.from({ length: count }, (_, at) => ({
    name: `${name}.${at}`,
    value: `${count}.${set}.${text.slice(at * PART_LENGTH, (at + 1) * PART_LENGTH)}`,
  }));
}

export type JoinedText =
  | { readonly ok: true; readonly text: string; readonly chunks: number }
  | { readonly ok: false; readonly reason: "absent" | "bad_chunks" };

/** The text of the set that `name.0` names: whole and of one seal, or nothing. Looks at four names at most. */
export function joinChunks(header: string | null, name: string): JoinedText {
  // Most sessions fit one cookie; they pay one look at the names for this.
  if (header === null || !hasCookieName(header, `${name}.`)) return { ok: false, reason: "absent" };
  const first = readChunk(header, name, 0);
  if (first === null) return { ok: false, reason: chunkNames(header, name).length === 0 ? "absent" : "bad_chunks" };
  const { count, set } = first;
  let text = first.part;
  for (let at = 1; at < count; at++) {
    // Every part but the last is full, so a part in the place of another shows.
    if (text.length !== at * PART_LENGTH) return { ok: false, reason: "bad_chunks" };
    const chunk = readChunk(header, name, at);
    if (chunk?.count !== count || chunk.set !== set) return { ok: false, reason: "bad_chunks" };
    text += chunk.part;
  }
  return setOf(text) === set ? { ok: true, text, chunks: count } : { ok: false, reason: "bad_chunks" };
}

/** Names of chunks in a `Cookie` header; never more than the four there can be. */
export function chunkNames(header: string | null, name: string): readonly string[] {
  const prefix = `${name}.`;
  return listCookieNames(header, prefix).filter((found) => /^[0-3]$/.test(found.slice(prefix.length)));
}

interface Chunk {
  readonly count: number;
  readonly set: string;
  readonly part: string;
}

/** `null` when it is absent, there twice, or no chunk. */
function readChunk(header: string, name: string, at: number): Chunk | null {
  const cookie = readCookie(header, `${name}.${at}`);
  if (!cookie.ok || cookie.text.length > PART_LENGTH + 9) return null;
  const [, count = "", set = "", part = ""] = /^([2-4])\.([\w-]{6})\.(.+)$/s.exec(cookie.text) ?? [];
  return part === "" ? null : { count: Number(count), set, part };
}

function setOf(text: string): string {
  return text.slice(...SET_ID);
}

function isSetId(text: string): boolean {
  return /^[\w-]{6}$/.test(text);
}
