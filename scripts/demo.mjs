// `pnpm demo`: the WorkOS emulator and examples/authkit-worker on workerd, until stopped. `--check` walks the whole way
// of a session by itself and ends with 0 or 1. `PORT` chooses the port (8787).
import { startControl } from "./demo/control.mjs";
import { loadCore } from "./demo/core.mjs";
import { createKeyRing } from "./demo/key-ring.mjs";
import { isCheck, say, stage } from "./demo/stage.mjs";
import { namesOf, surroundings } from "./demo/surroundings.mjs";
import { walk } from "./demo/walk.mjs";

await stage(async (undo) => {
  say("starting the WorkOS emulator …");
  const { origin, provider, ...around } = await surroundings(undo, { example: "authkit-worker" });

  const core = await loadCore();
  const ring = createKeyRing(core.generateSessionKeys);
  const control = await startControl(origin, async () => {
    ring.rotate();
    await worker.restart(ring.text());
    say(`keys rotated: ${ring.versions().join(" seals, ")} opens`);
  });
  undo(control.stop);

  const worker = around.worker({
    variables: { DEMO_CONTROL: control.url, DEMO_ORGANIZATIONS: namesOf(provider.organizations) },
  });
  say("starting the Worker on workerd …");
  await worker.start(ring.text());
  console.log(`ready ${origin}`);

  if (isCheck) await walk({ worker, provider, ring, core, say });
  else say("open it, sign in, rotate the keys; stop with Ctrl-C");
});
