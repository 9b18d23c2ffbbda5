/** Local clocks count whole milliseconds: a measurement has to last many of them. */
const MILLISECONDS = 80;

/** Microseconds per operation, over as many passes through the items as it takes. `milliseconds` 0: one pass. */
export async function time(operation, items, milliseconds = MILLISECONDS) {
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
