#!/usr/bin/env node
// A command-line client that signs in through the system's browser (RFC 8252): `login`, `whoami`, `logout`. It needs
// Node and nothing else. `DEVICES_APP` is the app's origin, `DEVICES_SESSION` the file that keeps the session.
import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

const { DEVICES_APP: app = "http://localhost:8787", DEVICES_SESSION: file = join(homedir(), ".devices", "session") } =
  process.env;
/** As long as a sign-in may take. */
const PATIENCE_MILLISECONDS = 600_000;

const commands = { login, whoami, logout };
const command = commands[process.argv[2]];
if (command) await command();
else fail("Usage: devices login [--no-browser] | whoami | logout");

async function login() {
  const codeVerifier = randomBytes(32).toString("base64url");
  const state = randomBytes(16).toString("base64url");
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const redirectUri = `http://127.0.0.1:${server.address().port}/callback`;

  const address = new URL("/auth/handoff", app);
  const codeChallenge = createHash("sha256").update(codeVerifier).digest("base64url");
  address.search = new URLSearchParams({ redirectUri, codeChallenge, codeChallengeMethod: "S256", state });
  console.log(`Sign in here:\n${address}`);
  if (!process.argv.includes("--no-browser")) openBrowser(address.href);

  const answer = await answerAt(server, redirectUri, state);
  if (answer.has("error")) fail(`Signing in did not work: ${answer.get("error")}.`);
  const body = JSON.stringify({ code: answer.get("code"), codeVerifier, redirectUri });
  // With the session of before, if there is one: it ends once the new one has begun.
  const headers = { "Content-Type": "application/json" };
  const response = await call("/auth/handoff", { method: "POST", headers, body });
  const redeemed = await response.json();
  if (!response.ok) fail(`Signing in did not work: ${redeemed.error}.`);
  keep(redeemed.session);
  console.log(`Signed in as ${redeemed.user.email ?? redeemed.user.id}.`);
}

async function whoami() {
  const response = await call("/auth/me");
  // An outage is no log-out: the session stays where it is.
  if (!response.ok) fail(`The app cannot say just now (${response.status}). Try again.`);
  const { state, user } = await response.json();
  if (state !== "authenticated") fail("Signed out.");
  console.log(user.email ?? user.id);
}

async function logout() {
  const response = await call("/auth/logout", { method: "POST" });
  if (!response.ok) fail(`The app did not answer as it should (${response.status}). Try again.`);
  rmSync(file, { force: true });
  console.log("Signed out.");
}

async function call(path, init = {}) {
  const session = kept();
  const headers = { "User-Agent": `devices-cli/1.0 (${process.platform})`, ...init.headers };
  if (session) headers.Authorization = `Bearer ${session}`;
  const response = await fetch(new URL(path, app), { ...init, headers }).catch((error) => {
    if (!(error instanceof TypeError)) throw error;
    return fail("The app cannot be reached. Try again."); // nor is this a log-out
  });
  const renewed = response.headers.get("Edgeseal-Session");
  if (renewed) keep(renewed);
  return response;
}

/** For this person's eyes alone, and never half written. A program of yours puts it into the system's keychain. */
function keep(session) {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  rmSync(`${file}.new`, { force: true });
  writeFileSync(`${file}.new`, session, { mode: 0o600, flag: "wx" });
  renameSync(`${file}.new`, file);
}

function kept() {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return null; // nobody has signed in
    throw error;
  }
}

/** What the browser brings back. Whoever else calls, without our `state`, is told nothing. */
async function answerAt(server, redirectUri, state) {
  const answer = await new Promise((resolve) => {
    const late = setTimeout(() => fail("Nobody signed in within ten minutes."), PATIENCE_MILLISECONDS);
    server.on("request", (request, response) => {
      const { pathname, searchParams } = new URL(request.url, redirectUri);
      const isOurs = pathname === "/callback" && searchParams.get("state") === state;
      response.writeHead(isOurs ? 200 : 404, { "Content-Type": "text/plain", Connection: "close" });
      response.end(isOurs ? "You can close this page and go back to the terminal." : "Not found.");
      if (!isOurs) return;
      clearTimeout(late);
      response.once("close", () => resolve(searchParams));
    });
  });
  server.close();
  return answer;
}

function openBrowser(address) {
  const [program, ...before] = { darwin: ["open"], win32: ["explorer"] }[process.platform] ?? ["xdg-open"];
  // Where there is none, the address has been printed.
  spawn(program, [...before, address], { stdio: "ignore", detached: true })
    .on("error", () => {})
    .unref();
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
