export function table(head, rows) {
  const lines = [head, head.map((_, at) => (at === 0 ? "---" : "---:")), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

export function count(number) {
  return number.toLocaleString("en");
}
