// What every demo has around it: something is started, something is undone, and `--check` ends by itself with 0 or 1.
export const isCheck = process.argv.includes("--check");
export const say = (line) => console.log(`  ${line}`);

/** Calls `play(undo)`; each step given to `undo` runs at the end, last first, whatever the end is. */
export async function stage(play) {
  const steps = [];
  let isEnding = false;

  async function end(code) {
    if (isEnding) return;
    isEnding = true;
    for (const step of steps.reverse()) await step();
    process.exit(code);
  }
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(name, () => end(0));

  try {
    await play((step) => steps.push(step));
    if (isCheck) await end(0);
  } catch (error) {
    if (!isEnding) console.error(error);
    await end(1);
  }
}
