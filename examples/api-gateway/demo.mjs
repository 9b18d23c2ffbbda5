// `start`: gateway and service on workerd beside the WorkOS emulator, until stopped. `check` asks what they let
// through, and ends.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadCore } from "../../scripts/demo/core.mjs";
import { freePort } from "../../scripts/demo/free-port.mjs";
import { startIdentityProvider } from "../../scripts/demo/identity-provider.mjs";
import { isCheck, say, stage } from "../../scripts/demo/stage.mjs";
import { createWorker } from "../../scripts/demo/worker.mjs";
import { wranglerOn } from "../../scripts/demo/wrangler.mjs";
import { check } from "./check.mjs";
import { GATEWAY, PROJECTS } from "./configs.mjs";

const EDITOR = { role: "editor", permissions: ["projects:read", "projects:write", "audit:read"] };
const MEMBERSHIPS = [
  { name: "Harbour Office", ...EDITOR },
  { name: "Lighthouse Board", ...EDITOR },
  { name: "Night Watch", role: "watch", permissions: ["gateway:audit"] },
];

await stage(async (undo) => {
  const port = process.env.PORT ? Number(process.env.PORT) : isCheck ? await freePort() : 8787;
  const folder = mkdtempSync(join(tmpdir(), "edgeseal-gateway-"));
  undo(() => rmSync(folder, { recursive: true, force: true }));
  const provider = await startIdentityProvider(MEMBERSHIPS);
  undo(provider.stop);

  const { generateSessionKeys } = await loadCore();
  const { generateIdentityKeys } = await loadCore("identity");
  const { signingKey, keys } = await generateIdentityKeys();
  const secrets = { WORKOS_API_KEY: provider.apiKey, IDENTITY_KEY: signingKey, IDENTITY_KEYS: keys };

  const wrangler = wranglerOn("api-gateway", folder);
  await wrangler(["d1", "migrations", "apply", "AUTH_DB", "--config", GATEWAY]);
  await wrangler(["d1", "migrations", "apply", "PROJECTS_DB", "--config", PROJECTS]);
  const gateway = createWorker({
    example: "api-gateway",
    configs: [GATEWAY, PROJECTS],
    port,
    folder,
    variables: {
      WORKOS_CLIENT_ID: "client_demo",
      WORKOS_API_URL: provider.url,
      WORKOS_REDIRECT_URI: `http://localhost:${port}/auth/callback`,
      ORGANIZATION_NAMES: JSON.stringify(Object.fromEntries(provider.organizations.map(({ id, name }) => [id, name]))),
    },
    secrets,
    onLine: (line) => line !== "" && say(line),
  });
  undo(gateway.stop);
  await gateway.start(generateSessionKeys());
  console.log(`ready ${gateway.origin}`);
  if (isCheck) await check({ gateway, provider, secrets, wrangler, folder, undo });
  else say("open it, sign in, create a project; stop with Ctrl-C");
});
