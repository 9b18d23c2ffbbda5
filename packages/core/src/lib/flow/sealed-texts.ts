import { type Bytes, concatBytes, lengthPrefixed, utf8Text } from "../base/bytes.js";

/** A version byte, then texts, each as length (u16, big-endian) and UTF-8. */
export function writeTexts(version: number, texts: readonly string[]): Bytes {
  return concatBytes(Uint8Array.of(version), ...texts.map(lengthPrefixed));
}

/** `null` for another version, another number of texts, bytes left over and what is not UTF-8. */
export function readTexts(bytes: Uint8Array, version: number, count: number): readonly string[] | null {
  if (bytes[0] !== version) return null;
  const texts: string[] = [];
  let at = 1;
  while (texts.length < count) {
    const high = bytes[at];
    const low = bytes[at + 1];
    if (high === undefined || low === undefined) return null;
    const start = at + 2;
    const end = start + high * 256 + low;
    if (end > bytes.length) return null;
    const text = utf8Text(bytes.subarray(start, end));
    if (text === null) return null;
    texts.push(text);
    at = end;
  }
  return at === bytes.length ? texts : null;
}
