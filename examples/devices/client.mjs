// The command-line client as a person has it: another program, with a file of its own.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

const PROGRAM = join(import.meta.dirname, "cli.mjs");
const BETWEEN_LOOKS_MILLISECONDS = 2_000;

/** `app` is the origin it signs in at; `folder` is where its session may lie. */
export function createClient({ app, folder }) {
  const file = join(folder, "devices-cli", "session");
  const running = new Set();

  function start(args) {
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      env: { ...process.env, DEVICES_APP: app, DEVICES_SESSION: file },
      stdio: ["ignore", "pipe", "pipe"],
    });
    running.add(child);
    const lines = [];
    const said = [child.stdout, child.stderr].map((input) => createInterface({ input }));
    const ended = once(child, "close").then(([code]) => {
      running.delete(child);
      return { code, said: lines.join("\n") };
    });
    for (const lineByLine of said) lineByLine.on("line", (line) => lines.push(line));
    return { said, ended };
  }

  /** Begins a sign-in: the address that it wants opened, and how it ends. */
  async function login() {
    const { said, ended } = start(["login", "--no-browser"]);
    const address = new Promise((resolve) => {
      said[0].on("line", (line) => line.startsWith("http") && resolve(line));
    });
    const early = ended.then(({ said: why }) => {
      throw new Error(`The client did not begin: ${why}`);
    });
    early.catch(() => undefined); // it ends in any case, mostly after its address was read
    return { address: await Promise.race([address, early]), ended };
  }

  return {
    file,
    login,
    /** What one command said, and its exit code. */
    run: (...args) => start(args).ended,
    /** For a person at the terminal: signs in, and looks every two seconds whether it still is. */
    async play(say) {
      say(`open ${app} and sign in`);
      const { address, ended } = await login();
      say(`then the command-line client, which waits for you at\n\n${address}\n`);
      say((await ended).said.split("\n").at(-1));
      say("end it on the page, and it says so here; stop with Ctrl-C");
      while ((await start(["whoami"]).ended).said !== "Signed out.") {
        await new Promise((resolve) => setTimeout(resolve, BETWEEN_LOOKS_MILLISECONDS));
      }
      say("the command-line client is signed out. Once more, in another terminal:");
      say(`DEVICES_APP=${app} DEVICES_SESSION=${file} node examples/devices/cli.mjs login`);
    },
    stop() {
      for (const child of running) child.kill();
    },
  };
}
