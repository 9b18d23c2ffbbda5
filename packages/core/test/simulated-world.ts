import type { Background } from "../src/lib/base/ports.js";
import { generateSessionKeys } from "../src/lib/seal/generate-session-keys.js";
import { parseSessionKeys } from "../src/lib/seal/parse-session-keys.js";
import { sessionFromTokens } from "../src/lib/session/from-tokens.js";
import { settleFirmly } from "../src/lib/session/ledger-client.js";
import { ledgerName } from "../src/lib/session/ledger-name.js";
import { renew } from "../src/lib/session/refresh.js";
import { isDue, lives, type RefreshParts } from "../src/lib/session/refresh-parts.js";
import type { Renewal } from "../src/lib/session/renewal.js";
import { revoke } from "../src/lib/session/revoke.js";
import type { Session } from "../src/lib/session/session.js";
import { type Chronicle, startChronicle } from "./chronicle.js";
import type { Actor, Faults } from "./simulated-actor.js";
import { createSimulatedLedger } from "./simulated-ledger.js";
import { accessTokenAt, type Family, simulateProvider } from "./simulated-provider.js";
import { randomFrom, type VirtualTime } from "./virtual-time.js";

export interface Plan {
  readonly faults: Faults;
  readonly detectsReuse: boolean;
  readonly steps: readonly Step[];
}

export interface Step {
  /** Milliseconds since the step before. */
  readonly gap: number;
  readonly what: "visit" | "switch" | "log-out" | "evict" | "lose" | "end at the provider";
  /** Which of two browsers, each signed in by itself. */
  readonly browser: number;
  /** How many tabs do it at once. */
  readonly tabs: number;
  readonly seed: number;
}

const START = 1_800_000_000_000;
const LIFE_SECONDS = 30 * 3_600;
const ISOLATES = 3;
const CALM: Faults = { late: false, kills: false, ledger: false, provider: false };
const keyring = parseSessionKeys(generateSessionKeys());
const patientBackground: Background = { waitUntil: () => {} };

interface Browser {
  jar: Session | null;
  readonly sessionId: string;
  readonly chronicle: Chronicle;
  readonly family: Family;
  readonly ledger: ReturnType<typeof createSimulatedLedger>;
  /** Per isolate: what a cookie was replaced by there, by its access token. */
  readonly memories: Map<string, { readonly session: Session; readonly until: number }>[];
}

/** Plays a plan to its end and comes back hours later; what was violated in it, in words. */
export async function playWorld(plan: Plan, time: VirtualTime): Promise<readonly string[]> {
  let faults = plan.faults;
  const browsers = [signIn(), signIn()];
  let at = 0;
  for (const step of plan.steps) {
    at += step.gap;
    time.after(at, () => take(step));
  }
  await time.run();
  faults = CALM;
  // Whoever was not logged out for a reason comes back with what the jar holds, three tokens in a row.
  for (const browser of browsers) {
    for (let visit = 0; visit < 3; visit++) {
      time.after(301_000, () => send(browser, { what: "visit", seed: visit, isLast: visit === 2 }));
      await time.run();
    }
    const { kills, ledger } = plan.faults;
    for (const token of kills || ledger ? [] : browser.chronicle.unwanted) {
      if (!browser.chronicle.revoked.has(token)) browser.chronicle.violations.push("unwanted tokens were not revoked");
    }
  }
  return browsers.flatMap(({ chronicle }) => chronicle.violations);

  function signIn(): Browser {
    const refreshToken = "refresh-0";
    const accessToken = accessTokenAt(time.now(), "org-0");
    const now = () => Math.floor(time.now() / 1000);
    const user = { id: "user_01" };
    const session = sessionFromTokens({ accessToken, refreshToken, user }, { now, lifetimeSeconds: LIFE_SECONDS });
    const chronicle = startChronicle(session);
    return {
      jar: session,
      sessionId: session.sessionId,
      chronicle,
      family: { current: refreshToken, refreshes: 0, revoked: false },
      ledger: createSimulatedLedger({ time, chronicle, faults: () => faults }),
      memories: Array.from({ length: ISOLATES }, () => new Map()),
    };
  }

  function take({ what, browser: index, tabs, seed }: Step): void {
    const browser = browsers[index % browsers.length];
    if (browser === undefined) return;
    if (what === "evict") browser.ledger.evict();
    else if (what === "lose") browser.ledger.lose();
    else if (what === "end at the provider") {
      browser.family.revoked = true;
      browser.chronicle.excuse ??= "the provider's word";
    } else for (let tab = 0; tab < tabs; tab++) send(browser, { what, seed: seed + tab * 7_919 });
  }

  /** The jar is read when the request leaves and written when the response comes, if it ever does. */
  function send(browser: Browser, step: { what: Step["what"]; seed: number; isLast?: boolean }): void {
    const { jar: cookie } = browser;
    if (cookie === null) return;
    const random = randomFrom(step.seed);
    const isLate = faults.late && random() < 0.15;
    time.after(5 + random() * (isLate ? 100_000 : 60), async () => {
      const answer = await visit(browser, cookie, step, random);
      if (step.isLast && answer.is === "unavailable") browser.chronicle.violations.push("stuck");
      if (answer.cookie === undefined) return;
      const fate = faults.late ? random() : 1;
      if (fate < 0.15) return;
      const { cookie: written } = answer;
      time.after(5 + random() * (fate < 0.25 ? 900_000 : fate < 0.4 ? 120_000 : 60), () => {
        browser.jar = written;
      });
    });
  }

  async function visit(
    browser: Browser,
    cookie: Session,
    { what }: { what: Step["what"] },
    random: () => number,
  ): Promise<{ is: "welcome" | "unavailable" | "anonymous"; cookie?: Session | null }> {
    const { chronicle } = browser;
    let left = faults.kills && random() < 0.15 ? Math.floor(random() * 6) : Number.POSITIVE_INFINITY;
    const actor: Actor = {
      random,
      acts: () => left-- > 0,
      isSwitch: what === "switch",
      isCutOff: faults.ledger && what !== "log-out" && random() < 0.08,
      leaseAt: 0,
      sent: null,
      received: null,
      settleFailed: false,
    };
    const parts = partsOf(browser, actor);
    const now = parts.runtime.now();
    if (now >= cookie.endsAt) {
      chronicle.excuse ??= "absolute end";
      return { is: "anonymous", cookie: null };
    }
    const memory = browser.memories[Math.floor(random() * ISOLATES)] ?? new Map();
    const known = memory.get(cookie.accessToken);
    const session = known && now < known.until ? known.session : cookie;
    const again = session === cookie ? {} : { cookie: session };
    if (what === "log-out") {
      chronicle.excuse ??= "log-out";
      const name = await ledgerName("", browser.sessionId);
      await settleFirmly(parts.ledger, name, { kind: "ended", endsAt: session.endsAt });
      await revoke(parts.provider, session);
      return { is: "anonymous", cookie: null };
    }
    if (what !== "switch" && !isDue(parts, session)) return { is: "welcome", ...again };
    const { generation, expiresAt } = cookie;
    const presented = { generation, expiresAt };
    const organizationId = `org-${Math.floor(random() * 3)}`;
    const request = { presented, session, ...(what === "switch" ? { kind: what, organizationId } : { kind: "due" }) };
    const background = random() < 0.8 ? patientBackground : undefined;
    const renewal = await renew(parts, request as Parameters<typeof renew>[1], background);
    const next = checkRenewal(browser, actor, parts, session, renewal, what);
    if (next) {
      const until = Math.max(expiresAt, parts.runtime.now()) + 60;
      memory.set(cookie.accessToken, { session: next, until });
      return { is: renewal.kind === "unavailable" ? "unavailable" : "welcome", cookie: next };
    }
    if (renewal.kind === "anonymous") return { is: "anonymous", ...(renewal.clear && { cookie: null }) };
    return { is: renewal.kind === "unavailable" ? "unavailable" : "welcome", ...again };
  }

  /** The session the answer carries, if it carries one. */
  function checkRenewal(
    { chronicle }: Browser,
    actor: Actor,
    parts: RefreshParts,
    session: Session,
    renewal: Renewal,
    what: Step["what"],
  ): Session | undefined {
    const wrong = (words: string) => void chronicle.violations.push(words);
    const hasEnded = parts.runtime.now() >= session.endsAt;
    if (renewal.kind === "anonymous" && !hasEnded) {
      if (renewal.reason !== "stale" && chronicle.excuse === null) wrong(`logged out: ${renewal.reason}`);
      if (renewal.clear && chronicle.excuse === null) wrong("a cookie was deleted");
    }
    if (renewal.kind === "keep" && !lives(parts, session) && renewal.adopted === undefined) wrong("kept a dead token");
    const isCalm = Object.values({ ...faults, late: false }).every((fault) => !fault) && !plan.steps.some(isDisruptive);
    if (renewal.kind === "unavailable" && isCalm && what === "visit") wrong("unavailable without a fault");
    const next =
      renewal.kind === "renewed" ? renewal.carry && renewal.session : "adopted" in renewal && renewal.adopted;
    if (!next) return undefined;
    const isKnown = next.generation <= chronicle.latest || actor.settleFailed || chronicle.recordWasLost;
    if (!isKnown) wrong("a cookie above the newest generation");
    if (next.generation < session.generation) wrong("a cookie below the one that was shown");
    return next;
  }

  function partsOf({ chronicle, family, ledger }: Browser, actor: Actor): RefreshParts {
    const { detectsReuse } = plan;
    const provider = simulateProvider({ time, chronicle, family, detectsReuse, faults: () => faults }, actor);
    return {
      keyring,
      realm: "",
      runtime: { fetch: () => Promise.reject(new Error("no network")), now: () => Math.floor(time.now() / 1000) },
      emit: ({ type }) => {
        if (type === "ledger_settle_failed") actor.settleFailed = true;
      },
      provider,
      switchProvider: provider,
      ledger: ledger.for(actor),
      ledgerIsShared: true,
    };
  }
}

function isDisruptive({ what }: Step): boolean {
  return what === "evict" || what === "lose";
}

export const WORLD_START = START;
