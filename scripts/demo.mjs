// `pnpm demo`: the WorkOS emulator and examples/authkit-worker on workerd, until stopped. `--check` walks the whole way
// of a session by itself and ends with 0 or 1. `PORT` chooses the port (8787).
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startControl } from "./demo/control.mjs";
import { loadCore } from "./demo/core.mjs";
import { freePort } from "./demo/free-port.mjs";
import { startIdentityProvider } from "./demo/identity-provider.mjs";
import { createKeyRing } from "./demo/key-ring.mjs";
import { isCheck, say, stage } from "./demo/stage.mjs";
import { walk } from "./demo/walk.mjs";
import { createWorker } from "./demo/worker.mjs";

await stage(async (undo) => {
  const port = process.env.PORT ? Number(process.env.PORT) : isCheck ? await freePort() : 8787;
  const origin = `http://localhost:${port}`;
  const folder = mkdtempSync(join(tmpdir(), "edgeseal-demo-"));
  undo(() => rmSync(folder, { recursive: true, force: true }));

  say("starting the WorkOS emulator …");
  const provider = await startIdentityProvider();
  undo(provider.stop);

  const core = await loadCore();
  const ring = createKeyRing(core.generateSessionKeys);
  const control = await startControl(origin, async () => {
    ring.rotate();
    await worker.restart(ring.text());
    say(`keys rotated: ${ring.versions().join(" seals, ")} opens`);
  });
  undo(control.stop);

  const worker = createWorker({
    example: "authkit-worker",
    port,
    folder,
    variables: {
      WORKOS_CLIENT_ID: "client_demo",
      WORKOS_API_URL: provider.url,
      WORKOS_REDIRECT_URI: `${origin}/auth/callback`,
      DEMO_CONTROL: control.url,
      DEMO_ORGANIZATIONS: JSON.stringify(Object.fromEntries(provider.organizations.map(({ id, name }) => [id, name]))),
    },
    secrets: { WORKOS_API_KEY: provider.apiKey },
    onLine: (line) => line !== "" && say(line),
  });
  undo(worker.stop);
  say("starting the Worker on workerd …");
  await worker.start(ring.text());
  console.log(`ready ${origin}`);

  if (isCheck) await walk({ worker, provider, ring, core, say });
  else say("open it, sign in, rotate the keys; stop with Ctrl-C");
});
