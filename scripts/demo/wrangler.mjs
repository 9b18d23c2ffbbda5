// Single commands of wrangler on the local storage that an example is started with.
import { join } from "node:path";
import { root, run } from "../workspace.mjs";

/** @param example and @param folder as for `createWorker`. Throws what wrangler said when it failed. */
export function wranglerOn(example, folder) {
  return async (args) => {
    const { code, output } = await run("wrangler", [...args, "--local", "--persist-to", join(folder, "state")], {
      cwd: join(root, "examples", example),
      env: { CI: "true", WRANGLER_SEND_METRICS: "false", WRANGLER_HIDE_BANNER: "true" },
    });
    if (code !== 0) throw new Error(`wrangler ${args.slice(0, 3).join(" ")} ended with ${code}:\n${output}`);
  };
}
