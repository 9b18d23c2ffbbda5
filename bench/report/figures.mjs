// What the table and the chart both show, out of what was measured. A ratio is taken within a round, between figures that
// had the same machine, and only then is there a median.
import { apps } from "../apps.mjs";
import { median } from "./statistics.mjs";

/** By contestant: `value` in microseconds, and `ratio` to the floor. */
export function loopFigures(microseconds, key) {
  const valuesOf = (rounds) => rounds.map((round) => round[key]);
  const floor = valuesOf(microseconds.floor);
  return Object.entries(microseconds).map(([name, rounds]) => ({ name, ...figure(valuesOf(rounds), floor) }));
}

/** By contestant: `value`, and `ratio` to the Worker without sessions. */
export function appFigures(valuesOf) {
  return Object.entries(apps).map(([app, name]) => ({ name, ...figure(valuesOf(app), valuesOf("bare")) }));
}

/** By contestant, with so many permissions: `characters` of the cookie, and whether it `fits`. */
export function cookieFigures({ permissions, cookies }, count) {
  const at = permissions.indexOf(count);
  return Object.entries(cookies).map(([name, sizes]) => ({ name, ...sizes[at] }));
}

/** `value`: the median; `ratio` to a reference that was measured in the same rounds. */
export function figure(values, reference) {
  return { value: median(values), ratio: median(values.map((value, at) => value / reference[at])) };
}
