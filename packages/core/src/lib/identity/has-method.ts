/** Whether a part has a method of this name. A binding of Workers may be a proxy that answers every name. */
export function hasMethod(part: unknown, name: string): boolean {
  const isHolder = typeof part === "function" || (typeof part === "object" && part !== null);
  return isHolder && typeof Reflect.get(part, name) === "function";
}
