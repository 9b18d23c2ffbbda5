/** A misspelt option would be ignored, and with it whatever it was to protect: one sentence for each. */
export function unknownOptions(options: object, known: readonly string[], where: string): string[] {
  return Object.keys(options)
    .filter((name) => !known.includes(name))
    .map((name) => `\`${where}\` has no option \`${name}\`; it has ${known.join(", ")}.`);
}
