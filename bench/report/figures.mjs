// What the table and the chart both show, out of what was measured.
import { apps } from "../apps.mjs";
import { median } from "./statistics.mjs";

/** By contestant: `microseconds`, and `ratio` to the floor of the same run. */
export function loopFigures(microseconds, key) {
  const medianOf = (rounds) => median(rounds.map((round) => round[key]));
  const floor = medianOf(microseconds.floor);
  const figures = Object.entries(microseconds).map(([name, rounds]) => [name, medianOf(rounds)]);
  return figures.map(([name, value]) => ({ name, microseconds: value, ratio: value / floor }));
}

/** By contestant: `value`, and `ratio` to the Worker without sessions. */
export function appFigures(valuesOf) {
  const bare = median(valuesOf("bare"));
  return Object.entries(apps).map(([app, name]) => {
    const value = median(valuesOf(app));
    return { name, value, ratio: value / bare };
  });
}

/** Characters of the cookie with so many permissions. */
export function cookieFigures({ permissions, cookies }, count) {
  const at = permissions.indexOf(count);
  return Object.entries(cookies).map(([name, sizes]) => ({ name, ...sizes[at] }));
}
