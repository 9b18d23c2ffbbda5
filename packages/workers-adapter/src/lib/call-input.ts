/** Times and generations are stored as u32 in a seal: nothing honest is larger. */
export const MAX_NUMBER = 0xffff_ffff;

/**
 * Checks what an object was called with: whoever holds the binding can call it, from any version of any Worker. What is
 * missing or out of range throws a `TypeError` that names the field and never the value, which may be a sealed session.
 */
export interface CallInput {
  /** A copy, whose fields are still to be checked. */
  fields(name: string, value: unknown): Record<string, unknown>;
  /** From 0 to 2^32 − 1. */
  whole(name: string, value: unknown): number;
  /** From one character to `limit`. */
  text(name: string, value: unknown, limit: number): string;
  refusal(name: string): TypeError;
}

/** `called`: what the object is for, as its refusals say it. */
export function callInput(called: string): CallInput {
  const refusal = (name: string): TypeError =>
    new TypeError(`edgeseal ${called}: \`${name}\` is missing or out of range.`);
  return {
    fields(name, value) {
      if (typeof value === "object" && value !== null) return { ...value };
      throw refusal(name);
    },
    whole(name, value) {
      if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= MAX_NUMBER) return value;
      throw refusal(name);
    },
    text(name, value, limit) {
      if (typeof value === "string" && value.length > 0 && value.length <= limit) return value;
      throw refusal(name);
    },
    refusal,
  };
}
