import { requestWith } from "./request-with.mjs";
import { time } from "./time.mjs";

const BATCH = 500;

/** Microseconds per operation. The contestant is a new one: it has seen none of these sessions. */
export async function measure({ cookieName }, { prepare = (it) => it, seal, unseal, authenticate }, tokens) {
  const sessions = tokens.map(prepare);
  const texts = [];
  for (const session of sessions) texts.push(await seal(session));
  const requests = texts.map((text) => requestWith(cookieName, text));
  // The first of them fetches the provider's keys.
  await authenticate(requests.shift());
  return {
    unseen: await time(authenticate, requests, 0),
    again: await time(authenticate, new Array(BATCH).fill(requests[0])),
    open: await time(unseal, texts),
    seal: await time(seal, sessions),
  };
}
