// `start`: the Worker on workerd, its identity provider, and the command-line client beside them, until stopped. `check`
// signs in everywhere, ends what it began, and ends.
import { randomBytes } from "node:crypto";
import { loadCore } from "../../scripts/demo/core.mjs";
import { isCheck, say, stage } from "../../scripts/demo/stage.mjs";
import { ground } from "../../scripts/demo/surroundings.mjs";
import { createClient } from "./client.mjs";
import { startProvider } from "./provider.mjs";
import { walk } from "./walk.mjs";

await stage(async (undo) => {
  const { origin, folder, ...around } = await ground(undo, { example: "devices" });
  const clientSecret = randomBytes(32).toString("base64url");
  const provider = await startProvider({ app: origin, clientId: "devices", clientSecret });
  undo(provider.stop);

  const { generateSessionKeys } = await loadCore();
  const worker = around.worker({
    variables: {
      OIDC_ISSUER: provider.url,
      OIDC_CLIENT_ID: "devices",
      OIDC_REDIRECT_URI: `${origin}/auth/callback`,
    },
    secrets: { OIDC_CLIENT_SECRET: clientSecret },
  });
  await worker.start(generateSessionKeys());
  console.log(`ready ${origin}`);

  const client = createClient({ app: origin, folder });
  undo(client.stop);
  if (isCheck) await walk({ origin, provider, client });
  else await client.play(say);
});
