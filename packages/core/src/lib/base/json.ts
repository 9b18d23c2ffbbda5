/** True for what JSON calls an object: no array, not `null`. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A text, and not the empty one. */
export function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

/**
 * The object a text holds; `null` when it is no JSON or no object. Of two members with one name the last one counts,
 * as RFC 7515 §4 and RFC 7519 §4 allow; every part of this library reads JSON here, so two readers never disagree.
 */
export function parseJsonObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : null;
  } catch {
    return null; // SyntaxError: the only thing JSON.parse throws without a reviver
  }
}
