// What the walk needs beside the running gateway: the service with an address of its own, identities that were not signed
// for it, and the step of a pipeline that registers a preview.
import { join } from "node:path";
import { loadCore } from "../../scripts/demo/core.mjs";
import { freePort } from "../../scripts/demo/free-port.mjs";
import { createWorker } from "../../scripts/demo/worker.mjs";
import { GATEWAY, PROJECTS } from "./configs.mjs";
import { walk } from "./walk.mjs";

const HEADER = "Edgeseal-Identity";

export async function check({ gateway, provider, secrets, wrangler, folder, undo }) {
  const { createIdentityForwarder, generateIdentityKeys } = await loadCore("identity");
  const { previewOrigin } = await loadCore("policies");

  const exposed = createWorker({
    example: "api-gateway",
    configs: [PROJECTS],
    port: await freePort(),
    folder: join(folder, "exposed"),
    secrets,
    onLine: () => undefined,
    isUp: ({ status }) => status === 401,
  });
  undo(exposed.stop);
  await exposed.start("");

  async function sign(signingKey, audience) {
    const forwarder = createIdentityForwarder({ signingKey, issuer: "https://gateway.example.com" });
    const signed = await forwarder.forward(new Request(exposed.origin), { state: "anonymous" }, { audience });
    return signed.headers.get(HEADER);
  }

  /** With the command of docs/policies.md, which a pipeline runs with `--remote`. */
  async function register(origin) {
    const expiresAt = Math.floor(Date.now() / 1000) + 3600;
    const { key, value } = await previewOrigin(origin, { expiresAt });
    const place = ["--binding", "PREVIEWS", "--config", GATEWAY];
    await wrangler(["kv", "key", "put", key, value, "--expiration", `${expiresAt}`, ...place]);
  }

  await walk({
    origin: gateway.origin,
    exposed: exposed.origin,
    organizations: provider.organizations,
    register,
    bySomebodyElse: await sign((await generateIdentityKeys()).signingKey, "projects"),
    forAnotherService: await sign(secrets.IDENTITY_KEY, "billing"),
  });
}
