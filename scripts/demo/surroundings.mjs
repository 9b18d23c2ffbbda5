// What every demo has around its Worker: a port, a folder for its storage, and the WorkOS emulator it signs in at.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.mjs";
import { startIdentityProvider } from "./identity-provider.mjs";
import { isCheck, say } from "./stage.mjs";
import { createWorker } from "./worker.mjs";

/**
 * `example` is its folder's name. All of it is undone by the steps given to `undo`. `provider.stop` may be called sooner;
 * `worker` makes the example's Worker, not started yet, with variables and secrets beside those of the provider.
 */
export async function surroundings(undo, { example, memberships }) {
  const port = process.env.PORT ? Number(process.env.PORT) : isCheck ? await freePort() : 8787;
  const folder = mkdtempSync(join(tmpdir(), `edgeseal-${example}-`));
  undo(() => rmSync(folder, { recursive: true, force: true }));
  const provider = await startIdentityProvider(memberships);
  let isUp = true;
  async function stop() {
    if (!isUp) return;
    isUp = false;
    await provider.stop();
  }
  undo(stop);

  function worker({ variables, secrets, ...others } = {}) {
    const made = createWorker({
      example,
      port,
      folder,
      variables: {
        WORKOS_CLIENT_ID: "client_demo",
        WORKOS_API_URL: provider.url,
        WORKOS_REDIRECT_URI: `http://localhost:${port}/auth/callback`,
        ...variables,
      },
      secrets: { WORKOS_API_KEY: provider.apiKey, ...secrets },
      onLine: (line) => line !== "" && say(line),
      ...others,
    });
    undo(made.stop);
    return made;
  }
  return { origin: `http://localhost:${port}`, folder, provider: { ...provider, stop }, worker };
}

/** Names by id, as a variable of an example: the emulator leaves them out of memberships, the real service does not. */
export function namesOf(organizations) {
  return JSON.stringify(Object.fromEntries(organizations.map(({ id, name }) => [id, name])));
}
