import { generateSessionKeys } from "@edgeseal/core/seal";
import { startFourWorkers } from "./four-workers.js";
import { serveProvider } from "./provider-server.js";
import type { ScriptedProvider } from "./scripted-provider.js";
import { heapsAfterCollection, residentMegabytes } from "./soak-memory.js";
import { openSockets, type SocketAnswer } from "./soak-sockets.js";
import { cookieOf, type SignedIn, signIn, variablesFor } from "./visitors.js";

export interface SoakReport {
  readonly requests: number;
  readonly answered: { readonly ok: number; readonly refreshed: number; readonly degraded: number };
  /** Every 503 that is by rule, under its cause. */
  readonly unavailable: Readonly<Record<Cause, number>>;
  /** Must be empty: 401, or an answer that deletes the session's cookie. */
  readonly logOuts: readonly string[];
  /** Must be empty: 5xx that nobody but us can be blamed for, and requests without an answer. */
  readonly ownFailures: readonly string[];
  /** What the provider was asked. */
  readonly asked: { readonly refresh: number; readonly jwks: number };
  readonly upset: {
    readonly kvFailures: number;
    readonly outages: number;
    readonly keyRotations: number;
    readonly deployments: number;
    readonly deadLedgers: number;
    readonly lostAnswers: number;
    readonly lateTabs: number;
  };
  /** After the last deployment, and after all garbage was collected. */
  readonly memory: readonly MemorySample[];
}

/** Why somebody who is signed in could not be served, where no code of ours could have helped it. */
export type Cause =
  /** The token had ended, and the provider was down or had only just come back. */
  | "ended_token"
  /** The token's key was not known to the isolate nor to the shared copy, and the provider's could not be asked. */
  | "unknown_key";

export interface MemorySample {
  readonly second: number;
  /** What lives on the heaps of the four isolates, in megabytes. */
  readonly heaps: readonly number[];
  /** What the process of all four holds, in megabytes; 0 where the system does not tell. */
  readonly resident: number;
}

interface Person extends Pick<SignedIn, "cookie" | "sid"> {
  readonly sessionId: string;
  cookie: string;
  /** What an older tab still shows, and since when. */
  before: { readonly cookie: string; readonly at: number } | null;
  tokenEndsAt: number;
}

const PEOPLE = 100;
const REQUESTS_PER_SECOND = 150;
/** In flight at once; beyond it the next request waits its turn, as behind a busy front. */
const MAX_IN_FLIGHT = 300;
const ISOLATES = [0, 1, 2, 3] as const;
/** More people than an isolate remembers: after they all were there, what is bounded is full, and growth is a leak. */
const CROWD = 2_200;
/** A run shorter than this ends before a leak would show. */
const MEMORY_RUN_SECONDS = 120;
const MEMORY_EVERY_SECONDS = 10;
const LOST_SHARE = 0.02;
const LATE_SHARE = 0.01;
/** How old the cookie of a late tab is at most: what is promised holds for a minute. */
const LATE_SECONDS = 40;
/** An isolate's circuit keeps away for a while after the provider is back. */
const AFTERMATH_SECONDS = 20;
/** Between two tries of a key endpoint that failed. */
const KEYS_REST_SECONDS = 31;
const OUTAGES = ["network", "500", { status: 429, body: "{}", retryAfter: "3" }, "timeout"] as const;

const secondsNow = () => Date.now() / 1000;
const any = <T>(values: readonly T[]): T => values[Math.floor(Math.random() * values.length)] as T;

/** Steady traffic over four isolates, one ledger and one KV, while everything around them fails in turn. */
export async function soak(seconds: number): Promise<SoakReport> {
  const server = await serveProvider();
  const { provider } = server;
  provider.rotateKeys({ keepsOld: true, announcesNext: true });
  const variables = variablesFor(provider);
  let ring: readonly Record<string, unknown>[] = [newKey(1, { active: true })];
  const withRing = () => ({ ...variables, SESSION_KEYS: JSON.stringify(ring) });
  const workers = await startFourWorkers({ variables: withRing, entry: "soak-worker.ts", sockets: true });
  let sockets = openSockets((await workers.addresses()).workers);
  const count = { requests: 0, ok: 0, refreshed: 0, degraded: 0 };
  const unavailable: Record<Cause, number> = { ended_token: 0, unknown_key: 0 };
  const upset = {
    kvFailures: 0,
    outages: 0,
    keyRotations: 0,
    deployments: 0,
    deadLedgers: 0,
    lostAnswers: 0,
    lateTabs: 0,
  };
  const logOuts: string[] = [];
  const ownFailures: string[] = [];
  const inFlight = new Set<Promise<void>>();
  const people: Person[] = [];
  const memory: MemorySample[] = [];
  let isClosed = false;
  let providerDownUntil = 0;
  let keysDownUntil = 0;

  async function join(): Promise<void> {
    // While the provider is down nobody can sign in.
    if (secondsNow() < providerDownUntil) return;
    // Spread over a token's life, so that somebody is due at any time.
    const expiresIn = Math.ceil(5 + Math.random() * Math.min(seconds, 290));
    const { cookie, sid, session } = await signIn(provider, withRing(), { expiresIn });
    people.push({ cookie, sid, sessionId: session.sessionId, before: null, tokenEndsAt: session.expiresAt });
    if (people.length > PEOPLE) people.shift();
  }

  async function visit(person: Person): Promise<void> {
    const { before } = person;
    const isLate = before !== null && Math.random() < LATE_SHARE && secondsNow() - before.at < LATE_SECONDS;
    const cookie = isLate ? before.cookie : person.cookie;
    if (isLate) upset.lateTabs++;
    const sentAt = secondsNow();
    try {
      take(person, cookie, await sockets.visit(count.requests++, cookie), sentAt);
    } catch (error) {
      ownFailures.push(`no answer: ${error}`);
    }
  }

  function take(person: Person, shown: string, answer: SocketAnswer, sentAt: number): void {
    const at = secondsNow();
    if (answer.cookies.some((line) => line.includes("Max-Age=0"))) logOuts.push(`cookie deleted: ${answer.status}`);
    const next = cookieOf(answer.cookies);
    // Lost on its way: the browser goes on with the cookie it has.
    const isLost = next !== null && Math.random() < LOST_SHARE;
    if (isLost) upset.lostAnswers++;
    else if (next !== null && next !== shown) {
      person.before = { cookie: shown, at };
      person.cookie = next;
    }
    if (answer.status === 200) welcome(person, answer);
    else if (answer.status === 401 || answer.status === 302) logOuts.push(`${answer.status} ${answer.reason}`);
    else {
      const left = Math.round(person.tokenEndsAt - at);
      const cause = causeOf(answer, left <= 0, sentAt);
      if (cause !== null) unavailable[cause]++;
      else ownFailures.push(`${answer.status} ${answer.reason || answer.body}, token ends in ${left} s`);
    }
  }

  function causeOf({ status, reason }: SocketAnswer, isEnded: boolean, sentAt: number): Cause | null {
    if (status !== 503) return null;
    const keysRest = sentAt < keysDownUntil + KEYS_REST_SECONDS;
    if (reason === "keys_unreachable") return keysRest ? "unknown_key" : null;
    const providerRests = sentAt < providerDownUntil + AFTERMATH_SECONDS;
    return reason === "provider_unreachable" && isEnded && providerRests ? "ended_token" : null;
  }

  function welcome(person: Person, { body }: SocketAnswer): void {
    const { refreshed, degraded, expiresAt } = JSON.parse(body);
    person.tokenEndsAt = Math.max(person.tokenEndsAt, expiresAt);
    count.ok++;
    if (refreshed) count.refreshed++;
    if (degraded) count.degraded++;
  }

  /** As a platform does it: nobody new is let in, whoever is in is served, then the others take over. */
  async function deploy(): Promise<void> {
    isClosed = true;
    await Promise.all(inFlight);
    sockets.close();
    await workers.deploy(withRing);
    sockets = openSockets((await workers.addresses()).workers);
    upset.deployments++;
    isClosed = false;
  }

  /** Each isolate is shown more sessions than it remembers. */
  async function crowd(): Promise<void> {
    for (let first = 0; first < CROWD; first += 20) {
      const some = Array.from({ length: 20 }, () => signIn(provider, withRing()));
      const cookies = (await Promise.all(some)).map(({ cookie }) => cookie);
      await Promise.all(cookies.flatMap((cookie) => ISOLATES.map((worker) => sockets.visit(worker, cookie))));
    }
  }

  async function weigh(second: number): Promise<void> {
    const { inspector } = await workers.addresses();
    const names = ISOLATES.map((worker) => `app-${worker}`);
    const wake = (name: string) => sockets.visit(names.indexOf(name), "");
    const heaps = await heapsAfterCollection(inspector, names, wake);
    const resident = await residentMegabytes();
    memory.push({ second, heaps: heaps.map(({ megabytes }) => Number(megabytes.toFixed(2))), resident });
  }

  async function worldAt(second: number): Promise<void> {
    if (second % 20 === 0) {
      provider.rotateKeys({ keepsOld: true, announcesNext: true });
      upset.keyRotations++;
    }
    await upsetProvider(provider, second);
    if (second % 20 === 6) await workers.failKv(true);
    if (second % 20 === 6) upset.kvFailures++;
    if (second % 20 === 13) await workers.failKv(false);
    if (second % 3 === 0) {
      upset.deadLedgers++;
      await workers.killLedger(any(people).sessionId);
    }
    if (deployments.includes(second)) {
      // Dated into the future, so that every instance has the key before one of them uses it.
      const activeFrom = new Date(Date.now() + 3_000).toISOString();
      ring = [newKey(ring.length + 1, { activeFrom }), ...ring];
      await deploy();
    }
    const isRunIn = upset.deployments === deployments.length && seconds >= MEMORY_RUN_SECONDS;
    if (isRunIn && second === deployments.at(-1)) await crowd();
    if (isRunIn && second % MEMORY_EVERY_SECONDS === 0) await weigh(second);
  }

  async function upsetProvider(provider: ScriptedProvider, second: number): Promise<void> {
    const isLong = seconds >= 240 && second >= 180 && second < 225;
    if (second % 15 === 5 || isLong) {
      if (second % 15 === 5) upset.outages++;
      const isWhole = isLong || upset.outages % 3 === 0;
      const how = isLong ? "network" : (OUTAGES[upset.outages % OUTAGES.length] ?? "network");
      // Two of three times its tokens alone: keys are static files, and mostly come from elsewhere.
      provider.fail(how, isWhole ? undefined : ["refresh"]);
      providerDownUntil = secondsNow() + (isLong ? 2 : 6);
      if (isWhole) keysDownUntil = providerDownUntil;
    } else if (second % 15 === 10 || second === 225) provider.fail(null);
  }

  const deployments = [0.1, 0.2, 0.3].map((part) => Math.floor(part * seconds));
  for (let first = 0; first < PEOPLE; first++) await join();
  provider.resetCalls();
  const startedAt = Date.now();
  const traffic = setInterval(() => {
    if (isClosed || inFlight.size >= MAX_IN_FLIGHT) return;
    const visited = visit(any(people)).finally(() => inFlight.delete(visited));
    inFlight.add(visited);
  }, 1_000 / REQUESTS_PER_SECOND);
  try {
    for (let second = 1; second <= seconds; second++) {
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, startedAt + second * 1_000 - Date.now())));
      await join();
      await worldAt(second);
    }
  } finally {
    clearInterval(traffic);
    await Promise.all(inFlight);
    sockets.close();
    await workers.dispose();
    await server.close();
  }
  const { requests, ...answered } = count;
  const asked = { refresh: provider.calls.refresh, jwks: provider.calls.jwks };
  return { requests, answered, unavailable, logOuts, ownFailures, asked, upset, memory };
}

function newKey(version: number, state: Record<string, unknown>): Record<string, unknown> {
  const { secret } = JSON.parse(generateSessionKeys())[0];
  return { version, secret, ...state };
}
