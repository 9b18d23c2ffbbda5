import { concatBytes, utf8Text } from "../base/bytes.js";
import { parseJsonObject } from "../base/json.js";
import { isForm, isJson } from "./request-kind.js";

/** A code of 4 KB, a state and an issuer; nobody sends us more. */
const MAX_BYTES = 16_384;

/**
 * Text fields of a small JSON object or form; `null` for other types of body, longer ones, and what does not parse. A
 * field that is no text, or a form's field given twice, is `null` as a whole: two readers could pick different ones.
 */
export async function readBody(request: Request): Promise<ReadonlyMap<string, string> | null> {
  const sendsJson = isJson(request);
  if (!sendsJson && !isForm(request)) return null;
  const bytes = await readAtMost(request, MAX_BYTES);
  const text = bytes && utf8Text(bytes);
  if (text === null) return null;
  const entries = sendsJson ? parseJsonObject(text) : null;
  const pairs: Iterable<readonly [string, unknown]> = sendsJson
    ? Object.entries(entries ?? {})
    : new URLSearchParams(text).entries();
  if (sendsJson && entries === null) return null;
  const fields = new Map<string, string>();
  for (const [name, value] of pairs) {
    if (typeof value !== "string" || fields.has(name)) return null;
    fields.set(name, value);
  }
  return fields;
}

/** Counts while reading: `Content-Length` may be missing or lie. `null` for more than that. */
export async function readAtMost(request: Request, limit: number): Promise<Uint8Array | null> {
  if (request.bodyUsed) return null;
  if (request.body === null) return new Uint8Array(0);
  const reader: ReadableStreamDefaultReader<Uint8Array> = request.body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return concatBytes(...chunks);
      length += value.length;
      if (length > limit) {
        await reader.cancel();
        return null;
      }
      chunks.push(value);
    }
  } catch {
    return null; // the client went away in the middle
  }
}
