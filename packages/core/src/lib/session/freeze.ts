/** Freezes plain data all the way down: what requests share, none of them can change. */
export function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const inner of Array.isArray(value) ? value : Object.values(value)) {
    // Most of it is text: a call for each would cost more than the freezing.
    if (typeof inner === "object") deepFreeze(inner);
  }
  return Object.freeze(value);
}
