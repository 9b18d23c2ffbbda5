import { requestWith } from "./request-with.mjs";

/** Local clocks count whole milliseconds: a pass has to last many of them. */
const MILLISECONDS = 80;
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

async function time(operation, items, milliseconds = MILLISECONDS) {
  const started = performance.now();
  let elapsed = 0;
  let count = 0;
  do {
    for (const item of items) await operation(item);
    count += items.length;
    elapsed = performance.now() - started;
  } while (elapsed < milliseconds);
  return (elapsed * 1000) / count;
}
