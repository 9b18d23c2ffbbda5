// `start`: gateway and service on workerd beside the WorkOS emulator, until stopped. `check` asks what they let
// through, and ends.
import { loadCore } from "../../scripts/demo/core.mjs";
import { isCheck, say, stage } from "../../scripts/demo/stage.mjs";
import { namesOf, surroundings } from "../../scripts/demo/surroundings.mjs";
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
  const { provider, folder, worker } = await surroundings(undo, { example: "api-gateway", memberships: MEMBERSHIPS });

  const { generateSessionKeys } = await loadCore();
  const { generateIdentityKeys } = await loadCore("identity");
  const { signingKey, keys } = await generateIdentityKeys();
  const secrets = { WORKOS_API_KEY: provider.apiKey, IDENTITY_KEY: signingKey, IDENTITY_KEYS: keys };

  const wrangler = wranglerOn("api-gateway", folder);
  await wrangler(["d1", "migrations", "apply", "AUTH_DB", "--config", GATEWAY]);
  await wrangler(["d1", "migrations", "apply", "PROJECTS_DB", "--config", PROJECTS]);
  const gateway = worker({
    configs: [GATEWAY, PROJECTS],
    variables: { ORGANIZATION_NAMES: namesOf(provider.organizations) },
    secrets,
  });
  await gateway.start(generateSessionKeys());
  console.log(`ready ${gateway.origin}`);
  if (isCheck) await check({ gateway, provider, secrets, wrangler, folder, undo });
  else say("open it, sign in, create a project; stop with Ctrl-C");
});
