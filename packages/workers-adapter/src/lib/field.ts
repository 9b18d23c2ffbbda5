/** A property of what may be anything: env, a binding, a `ctx`, an error. */
export function field(holder: unknown, name: string): unknown {
  const isHolder = (typeof holder === "object" && holder !== null) || typeof holder === "function";
  return isHolder ? Reflect.get(holder, name) : undefined;
}
