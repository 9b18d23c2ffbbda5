import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Answer, type FourWorkers, startFourWorkers } from "./four-workers.js";
import { type ProviderServer, serveProvider } from "./provider-server.js";
import type { ScriptedProvider } from "./scripted-provider.js";
import { cookieOf, type SignedIn, signIn, type Variables, variablesFor } from "./visitors.js";

let server: ProviderServer;
let provider: ScriptedProvider;
let variables: Variables;
let app: FourWorkers;

beforeAll(async () => {
  server = await serveProvider();
  provider = server.provider;
  variables = variablesFor(provider);
  app = await startFourWorkers({ variables: { ...variables } });
});
afterAll(async () => {
  await app?.dispose();
  await server?.close();
});
beforeEach(() => {
  provider.fail(null);
  provider.delay(0);
  provider.resetCalls();
});

const EXPIRED = { expiresIn: -30 };

function visit(who: SignedIn | string, path = "/"): Promise<Answer> {
  return app.fetch(path, { headers: { Cookie: typeof who === "string" ? who : who.cookie } });
}

function visits(count: number, who: SignedIn): Promise<Answer[]> {
  return Promise.all(Array.from({ length: count }, () => visit(who)));
}

describe("four isolates, one ledger, refresh tokens that work once", () => {
  it("RF-01 100 requests with one expired session: 1 provider call, 100 answers 200, one new session", async () => {
    const ada = await signIn(provider, variables, EXPIRED);
    const answers = await visits(100, ada);
    expect(answers.map(({ status }) => status)).toEqual(Array(100).fill(200));
    expect(provider.calls.refresh).toBe(1);
    // Every answer carries the new session, so the first one that arrives is enough.
    const cookies = answers.map(({ cookies }) => cookieOf(cookies));
    expect(cookies.filter((cookie) => cookie === null || cookie === ada.cookie)).toEqual([]);
    expect((await visit(cookies[50] ?? "")).status).toBe(200);
    expect(provider.calls.refresh).toBe(1);
  });

  it("RF-04 the old cookie still gets in afterwards, from every isolate, without a call", async () => {
    const ada = await signIn(provider, variables, EXPIRED);
    await visit(ada);
    const answers = await visits(8, ada);
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(provider.calls.refresh).toBe(1);
  });

  it("RF-02 a slow answer is waited for by everybody", async () => {
    const ada = await signIn(provider, variables, EXPIRED);
    provider.delay(1_500);
    const answers = await visits(40, ada);
    expect(answers.map(({ status }) => status)).toEqual(Array(40).fill(200));
    expect(provider.calls.refresh).toBe(1);
  });

  it("RF-14 two devices of one user refresh independently: two calls", async () => {
    const phone = await signIn(provider, variables, EXPIRED);
    const laptop = await signIn(provider, variables, EXPIRED);
    const answers = await Promise.all([visits(10, phone), visits(10, laptop)]);
    expect(answers.flat().map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(provider.calls.refresh).toBe(2);
  });

  it("a session that ended at the provider is over: 401, the cookie is cleared, one call", async () => {
    const ada = await signIn(provider, variables, EXPIRED);
    provider.endSession(ada.sid);
    const answers = await visits(20, ada);
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(401));
    expect(answers.every(({ cookies }) => cookies.some((line) => line.includes("Max-Age=0")))).toBe(true);
    expect(provider.calls.refresh).toBe(1);
  });
});

describe("RF-06 the provider is down", () => {
  const FAILURES = [
    ["503", { kind: "status", status: 503 }],
    ["HTML with 200", { kind: "status", status: 200 }],
    ["an unreadable 400", { kind: "status", status: 400 }],
    ["broken connections", { kind: "unreachable" }],
  ] as const;

  it.each(FAILURES)("RF-06 %s: live tokens pass, expired ones 503, no cookie is touched", async (_what, failure) => {
    const live = await signIn(provider, variables);
    const expired = await signIn(provider, variables, EXPIRED);
    await visit(live);
    provider.fail(failure, ["refresh"]);
    const passed = await visits(8, live);
    expect(passed.map(({ status }) => status)).toEqual(Array(8).fill(200));
    const failed = await visits(8, expired);
    expect(failed.map(({ status }) => status)).toEqual(Array(8).fill(503));
    expect(failed.flatMap(({ cookies }) => cookies)).toEqual([]);
    expect(failed.every(({ headers }) => Number(headers.get("Retry-After")) >= 1)).toBe(true);
  });
});
