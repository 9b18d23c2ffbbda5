/** The table of RESULTS.md: medians over the rounds, and beside each how many times the floor it is. */
export function renderResults({ processes, rounds, count, results, sizes }) {
  const names = Object.keys(results);
  const median = (name, key) => {
    const sorted = results[name].map((round) => round[key]).sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)];
  };
  const micro = (key) =>
    names.map((name) => {
      const value = median(name, key);
      return `${value.toFixed(1)} µs (${(value / median("floor", key)).toFixed(1)} ×)`;
    });
  const { sessionCharacters, tokenCharacters } = results.floor[0];
  const rows = [
    ["open and verify, cookie not seen before", ...micro("cold")],
    ["the same cookie again", ...micro("warm")],
    ["seal", ...micro("seal")],
    ["cookie, characters", ...names.map((name) => median(name, "cookieCharacters").toLocaleString("en"))],
  ];
  return `# Measured on workerd

\`pnpm bench\` writes this file. All contestants run in one isolate of workerd, one after the other in each of ${rounds} rounds of
${count} cookies, and that in ${processes} processes; the figures are medians over all rounds, in brackets the ratio to the floor of the
same run. A seal's figure is the best of 5 passes of a round. The session: an RS256 access token of ${tokenCharacters.toLocaleString("en")} characters with 12 permissions, refresh token and user, ${sessionCharacters.toLocaleString("en")} characters as JSON.

The floor opens one AES-GCM under a fixed key, verifies one RS256 and looks a known cookie up in a map, with nothing checked.

${table(["", ...names], rows)}

Minified and gzipped, as a Worker that bundles it:

${table(
  ["bundle", "KB"],
  sizes.map(({ name, kilobytes }) => [name, kilobytes.toFixed(1)]),
)}
`;
}

function table(head, rows) {
  const lines = [head, head.map((_, at) => (at === 0 ? "---" : "---:")), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
