// chart.svg: six small bar charts on a card of its own, so that it reads on light and dark pages alike.
import { appFigures, cookieFigures, loopFigures } from "./figures.mjs";

const WIDTH = 960;
const COLUMN = WIDTH / 2;
const ROW = 22;
const PANEL = 212;
const HEAD = 76;
const NAME = 168;
const BAR = 190;
const MARGIN = 24;

export function renderChart(measured) {
  const panels = panelsOf(measured);
  const height = HEAD + Math.ceil(panels.length / 2) * PANEL;
  const drawn = panels.map((panel, at) =>
    drawPanel(panel, (at % 2) * COLUMN + MARGIN, HEAD + Math.floor(at / 2) * PANEL),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title desc">
<title id="title">edgeseal beside other ways to keep a session in a cookie, measured on workerd</title>
<desc id="desc">${escapeText(panels.map(describe).join(" "))}</desc>
<style>
  text { font: 13px system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; fill: #1f2328; }
  .card { fill: #ffffff; stroke: #d0d7de; }
  .large { font-size: 19px; font-weight: 600; }
  .strong { font-weight: 600; }
  .quiet { fill: #59636e; }
  .bar { fill: #8c96a0; }
  .ours { fill: #0a69da; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .card { fill: #151b23; stroke: #3d444d; }
    .quiet { fill: #9aa4af; }
    .bar { fill: #6e7781; }
    .ours { fill: #58a6ff; }
  }
</style>
<rect class="card" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="10"/>
<text class="large" x="${MARGIN}" y="36">Sessions in a cookie, on workerd</text>
<text class="quiet" x="${MARGIN}" y="58">Shorter is better. All measured in one run. “+ jose”: it only opens, jose checks the token.</text>
${drawn.join("\n")}
</svg>
`;
}

function panelsOf({ microseconds, sizes, bundles, coldStart }) {
  const times = (key) => loopFigures(microseconds, key).map(({ name, ratio }) => ({ name, value: ratio }));
  const cold = appFigures((app) => coldStart[app].milliseconds).map(({ name, ratio }) => ({ name, value: ratio }));
  const ratio = (value) => `${value.toFixed(1)} ×`;
  const whole = (value) => Math.round(value).toLocaleString("en");
  const bars = bundles.filter(({ name }) => !name.startsWith("jose alone") && !name.includes("createAuth"));
  return [
    {
      title: "Open and verify, not seen before",
      unit: "floor = 1",
      show: ratio,
      bars: times("unseen"),
      isVerified: true,
    },
    { title: "The same cookie again", unit: "floor = 1", show: ratio, bars: times("again"), isVerified: true },
    { title: "Seal", unit: "floor = 1", show: ratio, bars: times("seal") },
    {
      title: "Cookie with 100 permissions",
      unit: "characters; browsers keep 4,096",
      show: whole,
      bars: cookieFigures(sizes, 100).map(({ name, characters }) => ({ name, value: characters })),
    },
    {
      title: "Added to a Worker",
      unit: "KB, minified and gzipped",
      show: (value) => value.toFixed(1),
      bars: bars.map(({ name, kilobytes }) => ({ name: shortBundle(name), value: kilobytes })),
      isVerified: true,
    },
    {
      title: "No isolate to first answer",
      unit: "Worker without sessions = 1",
      show: ratio,
      bars: cold,
      isVerified: true,
    },
  ];
}

function drawPanel({ title, unit, show, bars, isVerified }, x, y) {
  const most = Math.max(...bars.map(({ value }) => value));
  const rows = bars.map(({ name, value }, at) => {
    const top = y + 30 + at * ROW;
    const isOurs = name.startsWith("edgeseal");
    const width = Math.max(1, (value / most) * BAR).toFixed(1);
    const strong = isOurs ? ' class="strong"' : "";
    return `<text${strong} x="${x + NAME - 8}" y="${top + 13}" text-anchor="end">${escapeText(labelOf(name, isVerified))}</text>
<rect class="${isOurs ? "ours" : "bar"}" x="${x + NAME}" y="${top + 2}" width="${width}" height="14" rx="2"/>
<text${strong} x="${x + NAME + Number(width) + 6}" y="${top + 13}">${escapeText(show(value))}</text>`;
  });
  return `<text x="${x}" y="${y + 16}"><tspan class="strong">${escapeText(title)}</tspan><tspan class="quiet" dx="8">${escapeText(unit)}</tspan></text>
${rows.join("\n")}`;
}

/** What a screen reader says in place of the bars. */
function describe({ title, unit, show, bars, isVerified }) {
  return `${title} (${unit}): ${bars.map(({ name, value }) => `${labelOf(name, isVerified)} ${show(value)}`).join(", ")}.`;
}

const opensOnly = ["hand-written AES-GCM", "iron-session", "jose JWE", "@auth/core JWT"];

function labelOf(name, isVerified) {
  const short = name
    .replace("@workos/", "")
    .replace("hand-written AES-GCM", "hand-written")
    .replace("no sessions at all", "no sessions");
  return isVerified && opensOnly.includes(name) && name !== "jose JWE" ? `${short} + jose` : short;
}

function shortBundle(name) {
  if (name.includes("createValidator")) return "edgeseal validator";
  if (name.includes("withAuth")) return "edgeseal withAuth";
  return name.split(",")[0];
}

function escapeText(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
