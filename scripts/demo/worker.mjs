// An example on workerd, by `wrangler dev`: its storage lives in a folder, so the next start finds it again.
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../workspace.mjs";
import { freePort } from "./free-port.mjs";

const START_SECONDS = 60;
/** Wrangler looks for updates, sends figures and asks where it is; a demo needs none of it. */
const QUIET = {
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_SEND_ERROR_REPORTS: "false",
  WRANGLER_HIDE_BANNER: "true",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
};

/**
 * `example` is its folder's name; `folder` holds storage and secrets; `variables` and `secrets` stay the same over restarts.
 * Of several `configs` the first is the Worker that answers, the others are what it is bound to. It is up when `isUp`.
 */
export function createWorker({
  example,
  configs = [],
  port,
  folder,
  variables = {},
  secrets,
  onLine,
  isUp = (answer) => answer.ok,
}) {
  const origin = `http://localhost:${port}`;
  let child = null;

  async function start(sessionKeys) {
    mkdirSync(folder, { recursive: true });
    const file = join(folder, "secrets.env");
    const lines = Object.entries({ ...secrets, SESSION_KEYS: sessionKeys }).map(
      ([name, value]) => `${name}='${value}'\n`,
    );
    writeFileSync(file, lines.join(""), { mode: 0o600 });
    const args = ["dev", "--ip", "127.0.0.1", "--port", `${port}`, "--inspector-port", `${await freePort()}`];
    args.push("--persist-to", join(folder, "state"), "--env-file", file, "--log-level", "warn");
    for (const config of configs) args.push("--config", config);
    for (const [name, value] of Object.entries(variables)) args.push("--var", `${name}:${value}`);
    child = spawn(join(root, "node_modules", ".bin", "wrangler"), args, {
      cwd: join(root, "examples", example),
      // The file is for the first Worker alone; the others find there what they require.
      env: { ...process.env, ...QUIET, ...secrets },
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own, so that workerd below it ends with it.
      detached: true,
    });
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => onLine(String(chunk).trimEnd()));
    await untilItAnswers(child);
  }

  async function untilItAnswers(started) {
    const deadline = Date.now() + START_SECONDS * 1000;
    while (Date.now() < deadline) {
      if (started.exitCode !== null) throw new Error("wrangler dev ended before it was ready.");
      const answer = await fetch(origin).catch(() => null); // refused until the socket is open
      if (answer !== null && isUp(answer)) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`The Worker gave no good answer within ${START_SECONDS} s.`);
  }

  async function stop() {
    const ending = child;
    child = null;
    if (ending === null || ending.exitCode !== null) return;
    const ended = new Promise((resolve) => ending.once("exit", resolve));
    signal(ending, "SIGTERM");
    const late = setTimeout(() => signal(ending, "SIGKILL"), 5000);
    await ended;
    clearTimeout(late);
    signal(ending, "SIGKILL");
  }

  return {
    origin,
    start,
    stop,
    /** The same storage, other keys: what a deploy of a changed secret does. */
    async restart(sessionKeys) {
      await stop();
      await start(sessionKeys);
    },
  };
}

function signal(child, name) {
  try {
    process.kill(-child.pid, name);
  } catch (error) {
    if (error.code !== "ESRCH") throw error; // all of the group has ended already
  }
}
