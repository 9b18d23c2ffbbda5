// What a request costs when its session lies in a `SessionObject`, beside one whose session is sealed in its cookie.
import { environment } from "../provider.mjs";
import { bundle, startWorkerd } from "../workerd.mjs";

/** Microseconds of each round, `sealed` and `stored`. */
export async function measureStoredSession({ variables }, { processes, rounds }) {
  console.log(`a stored session: ${processes} processes of ${rounds} rounds …`);
  const script = await bundle("stored-session.mjs");
  const object = { type: "durable-object", storage: "sqlite" };
  const exports = { LedgerObject: object, SessionObject: object };
  const results = [];
  for (let start = 1; start <= processes; start++) {
    const { urls, stop } = await startWorkerd([{ name: "stored", script, env: environment(variables), exports }]);
    const answer = await fetch(`${urls.stored}?rounds=${rounds}`);
    if (!answer.ok) throw new Error(await answer.text());
    results.push(...(await answer.json()));
    await stop();
  }
  return results;
}
