// Listing and ending the sessions of somebody who has as many as one can have.
import { bundle, startWorkerd } from "../workerd.mjs";

export const SESSIONS = 1_000;

/** For each repeat the milliseconds of a list, of one question, and of an end of all. */
export async function measureSessions({ repeats }) {
  console.log(`sessions: ${repeats} people with ${SESSIONS} each …`);
  const script = await bundle("sessions.mjs");
  const exports = { SessionObject: { type: "durable-object", storage: "sqlite" } };
  const { urls, stop } = await startWorkerd([{ name: "sessions", script, exports }]);
  const results = [];
  // The first one warms the engine up.
  for (let repeat = 0; repeat <= repeats; repeat++) {
    const answer = await fetch(`${urls.sessions}?person=${repeat}&count=${SESSIONS}`);
    if (!answer.ok) throw new Error(await answer.text());
    const measured = await answer.json();
    if (repeat > 0) results.push(measured);
  }
  await stop();
  return results;
}
