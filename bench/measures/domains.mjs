// Whether an origin is a registered destination: a question that must not cost more where there are more of them.
import { bundle, startWorkerd } from "../workerd.mjs";

/** By number of domains the microseconds of each round. */
export async function measureDomains({ sizes, rounds }) {
  console.log(`domains: ${rounds} rounds with up to ${sizes.at(-1)} …`);
  const stores = sizes.flatMap((size) => [
    [`KV_${size}`, { type: "kv", id: `domains-${size}` }],
    [`DB_${size}`, { type: "d1", id: `domains-${size}` }],
  ]);
  const script = await bundle("domains.mjs");
  const { urls, stop } = await startWorkerd([{ name: "domains", script, env: Object.fromEntries(stores) }]);
  try {
    for (const size of sizes) {
      const { rows } = await ask(`${urls.domains}fill?size=${size}`);
      if (rows !== 1) throw new Error(`D1 reads ${rows} rows to find one of ${size} domains.`);
    }
    const microseconds = Object.fromEntries(sizes.map((size) => [size, []]));
    for (let round = 0; round <= rounds; round++) {
      // Up and down, so that none always comes after the same one.
      for (const size of round % 2 ? sizes : sizes.toReversed()) {
        const measured = await ask(`${urls.domains}measure?size=${size}`);
        // Round 0 warms the engine up.
        if (round > 0) microseconds[size].push(measured);
      }
    }
    return microseconds;
  } finally {
    await stop();
  }
}

async function ask(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}
