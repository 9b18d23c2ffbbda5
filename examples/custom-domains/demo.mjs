// `start`: the Worker with all its hosts, and the provider behind one of them, until stopped. `check` drives a browser over
// all of them, and ends.
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadCore } from "../../scripts/demo/core.mjs";
import { freePort } from "../../scripts/demo/free-port.mjs";
import { isCheck, say, stage } from "../../scripts/demo/stage.mjs";
import { createWorker } from "../../scripts/demo/worker.mjs";
import { check } from "./check/check.mjs";
import { startProvider } from "./provider/server.mjs";

await stage(async (undo) => {
  const port = process.env.PORT ? Number(process.env.PORT) : isCheck ? await freePort() : 8787;
  const at = (name) => `http://${name}.localhost:${port}`;
  const hub = at("hub");
  const issuer = at("auth.hub");
  const destinations = ["bakery", "florist", "bookshop"].map(at);
  const folder = mkdtempSync(join(tmpdir(), "edgeseal-custom-domains-"));
  undo(() => rmSync(folder, { recursive: true, force: true }));

  const secret = randomBytes(32).toString("base64url");
  const client = { id: "hub", secret, callback: `${hub}/auth/callback`, home: `${hub}/` };
  const provider = await startProvider({ issuer, port: await freePort(), client });
  undo(provider.stop);

  const { generateSessionKeys } = await loadCore();
  const worker = createWorker({
    example: "custom-domains",
    port,
    folder,
    variables: {
      HUB: hub,
      ISSUER: issuer,
      PROVIDER: provider.url,
      DESTINATIONS: destinations.join(" "),
      CLIENT_ID: "hub",
    },
    secrets: { CLIENT_SECRET: secret },
    onLine: (line) => line !== "" && say(line),
    // Asked as `localhost`, which is no site of ours.
    isUp: ({ status }) => status === 421,
  });
  undo(worker.stop);
  await worker.start(generateSessionKeys());

  for (const origin of destinations) console.log(`ready ${origin}`);
  if (isCheck) await check({ hub, issuer, destinations, provider, undo });
  else say("open one, sign in, look at the others, sign out at any; stop with Ctrl-C");
});
