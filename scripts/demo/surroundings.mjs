// What a demo has around its Worker: a port, a folder for its storage, and mostly the WorkOS emulator it signs in at.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.mjs";
import { startIdentityProvider } from "./identity-provider.mjs";
import { isCheck, say } from "./stage.mjs";
import { createWorker } from "./worker.mjs";

/** A port, and a folder for storage; `worker` makes the example's Worker, not started yet. The steps given to `undo` undo it. */
export async function ground(undo, { example }) {
  const port = process.env.PORT ? Number(process.env.PORT) : isCheck ? await freePort() : 8787;
  const folder = mkdtempSync(join(tmpdir(), `edgeseal-${example}-`));
  undo(() => rmSync(folder, { recursive: true, force: true }));

  function worker(options) {
    const made = createWorker({ example, port, folder, onLine: (line) => line !== "" && say(line), ...options });
    undo(made.stop);
    return made;
  }
  return { origin: `http://localhost:${port}`, folder, worker };
}

/**
 * `example` is its folder's name. All of it is undone by the steps given to `undo`. `provider.stop` may be called sooner;
 * `worker` makes the example's Worker, not started yet, with variables and secrets beside those of the provider.
 */
export async function surroundings(undo, { example, memberships }) {
  const { origin, folder, ...around } = await ground(undo, { example });
  const provider = await startIdentityProvider(memberships);
  let isUp = true;
  async function stop() {
    if (!isUp) return;
    isUp = false;
    await provider.stop();
  }
  undo(stop);

  function worker({ variables, secrets, ...others } = {}) {
    return around.worker({
      variables: {
        WORKOS_CLIENT_ID: "client_demo",
        WORKOS_API_URL: provider.url,
        WORKOS_REDIRECT_URI: `${origin}/auth/callback`,
        ...variables,
      },
      secrets: { WORKOS_API_KEY: provider.apiKey, ...secrets },
      ...others,
    });
  }
  return { origin, folder, provider: { ...provider, stop }, worker };
}

/** Names by id, as a variable of an example: the emulator leaves them out of memberships, the real service does not. */
export function namesOf(organizations) {
  return JSON.stringify(Object.fromEntries(organizations.map(({ id, name }) => [id, name])));
}
