// What our part of a Worker weighs, as somebody's bundler would make it from the published files.
import { bundles, measureBundles } from "../bench/sizes.mjs";
import { consumer } from "./packed.mjs";

export async function checkSize() {
  const limited = bundles.filter(({ limit }) => limit !== undefined);
  const measured = await measureBundles(limited, consumer);
  const notes = measured.map(
    ({ name, limit, goal, kilobytes }) => `${name} ${kilobytes.toFixed(1)} KB (limit ${limit}, goal ${goal})`,
  );
  return { notes, problems: notes.filter((_, at) => measured[at].kilobytes > measured[at].limit) };
}
