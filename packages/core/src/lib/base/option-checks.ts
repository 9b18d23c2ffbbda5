/** Options as they come from plain JavaScript: every one may be anything. */
export type Unchecked = Readonly<Record<string, unknown>>;

/** A misspelt option would be ignored, and with it whatever it was to protect: one sentence for each. */
export function unknownOptions(options: object, known: readonly string[], where: string): string[] {
  return Object.keys(options)
    .filter((name) => !known.includes(name))
    .map((name) => `\`${where}\` has no option \`${name}\`; it has ${known.join(", ")}.`);
}

/** One sentence for each of these options that is neither a function nor left out. */
export function functionProblems(options: Unchecked, names: readonly string[]): string[] {
  return names
    .filter((name) => options[name] !== undefined && typeof options[name] !== "function")
    .map((name) => `\`${name}\` must be a function, or left out.`);
}

/** A part with methods of ours to call: a binding, or something like it. `example` says which one fits. */
export function methodProblems(option: string, part: unknown, methods: readonly string[], example: string): string[] {
  if (part === undefined) return [];
  const absent = methods.filter((method) => !hasMethod(part, method));
  if (absent.length === 0) return [];
  return [`\`${option}\` must be ${example}: it has no ${absent.map((method) => `\`${method}\``).join(", ")}.`];
}

/** A time or a count: a sentence where it is neither left out nor a whole number in this range. */
export function wholeProblems(
  option: string,
  value: unknown,
  [least, most]: readonly [number, number],
  unit = "seconds",
): string[] {
  if (value === undefined) return [];
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return [];
  return [`\`${option}\` must be whole ${unit} from ${least} to ${most}.`];
}

/** The option `audit`, everywhere the same: one sink or a list of them. */
export function sinkProblems(audit: unknown): string[] {
  if (audit === undefined || [audit].flat().every((sink) => hasMethod(sink, "send"))) return [];
  return ["`audit` must be a Queue or `{ send(event) }`, or a list of them."];
}

/** A binding of Workers may be callable, or a proxy that answers every name: only what is plainly absent is told. */
export function hasMethod(part: unknown, name: string): boolean {
  const isHolder = typeof part === "function" || (typeof part === "object" && part !== null);
  return isHolder && typeof Reflect.get(part, name) === "function";
}
