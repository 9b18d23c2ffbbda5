/** What the provider may send back (RFC 6749 §4.1.2). */
export interface CallbackParameters {
  readonly state: string;
  readonly code?: string;
  readonly error?: string;
  readonly description?: string;
  /** RFC 9207: who answers. */
  readonly issuer?: string;
}

/** Providers differ; codes of 2 KB exist, of 10 KB do not. */
const MAX_LENGTHS = { code: 4_096, state: 512, error: 128, error_description: 2_048, iss: 1_024 } as const;

/**
 * `null` when a parameter is repeated (RFC 6749 §3.1: it must not be, and two readers would pick different ones), too
 * long, or when code and error come together. A missing `state` is empty and matches nothing.
 */
export function readCallback(sent: Iterable<readonly [string, string]>): CallbackParameters | null {
  const pairs = [...sent];
  const read: Partial<Record<keyof typeof MAX_LENGTHS, string>> = {};
  for (const name of ["code", "state", "error", "error_description", "iss"] as const) {
    const [value, ...more] = pairs.flatMap(([key, text]) => (key === name ? [text] : []));
    if (more.length > 0 || (value !== undefined && value.length > MAX_LENGTHS[name])) return null;
    if (value !== undefined && value !== "") read[name] = value;
  }
  const arrays = pairs.some(([name]) => /^(?:code|state)\[/.test(name));
  const { code, state = "", error, error_description: description, iss: issuer } = read;
  if (arrays || (code !== undefined && error !== undefined)) return null;
  return {
    state,
    ...(code !== undefined && { code }),
    ...(error !== undefined && { error }),
    ...(description !== undefined && { description }),
    ...(issuer !== undefined && { issuer }),
  };
}
