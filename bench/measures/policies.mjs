// What walls and headers add to a warm request, beside Hono's.
import { bundle, startWorkerd } from "../workerd.mjs";

export async function measurePolicies({ processes, rounds }) {
  console.log(`policies: ${processes} processes of ${rounds} rounds …`);
  const script = await bundle("policies/index.mjs");
  const results = [];
  for (let start = 1; start <= processes; start++) {
    const { urls, stop } = await startWorkerd([{ name: "policies", script }]);
    const answer = await fetch(`${urls.policies}?rounds=${rounds}`);
    if (!answer.ok) throw new Error(await answer.text());
    results.push(...(await answer.json()));
    await stop();
  }
  return results;
}
