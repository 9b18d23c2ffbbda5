import { generateSessionKeys } from "@edgeseal/core/seal";
import { describe, expect, it } from "vitest";
import { all, DUE, EXPIRED, statuses, useApp } from "./app.js";
import { cookieOf, signIn } from "./visitors.js";

const app = useApp();

describe("four isolates, one ledger, refresh tokens that work once", () => {
  it("RF-01 100 requests with one expired session: 1 provider call, 100 answers 200, one new session", async () => {
    const ada = await app.signIn(EXPIRED);
    const answers = await app.visits(100, ada);
    expect(statuses(answers)).toEqual(all(100, 200));
    expect(app.provider.calls.refresh).toBe(1);
    // Every answer carries the new session, so whichever arrives is enough.
    const cookies = answers.map(({ cookies }) => cookieOf(cookies));
    expect(cookies.filter((cookie) => cookie === null || cookie === ada.cookie)).toEqual([]);
    expect((await app.visit(cookies[50] ?? "")).status).toBe(200);
    expect(app.provider.calls.refresh).toBe(1);
  });

  it("RF-01 10,000 requests with one expired session, 500 in flight: 1 call, 10,000 answers 200", async () => {
    const ada = await app.signIn(EXPIRED);
    const seen = new Map<number, number>();
    let left = 10_000;
    const client = async () => {
      while (left-- > 0) {
        const { status } = await app.visit(ada);
        seen.set(status, (seen.get(status) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: 500 }, client));
    expect([...seen]).toEqual([[200, 10_000]]);
    expect(app.provider.calls.refresh).toBe(1);
  }, 60_000);

  it("RF-02 a slow answer is waited for, and those who go away meanwhile cost the others nothing", async () => {
    const ada = await app.signIn(EXPIRED);
    app.provider.delay(1_500);
    const impatient = new AbortController();
    const gone = Array.from({ length: 100 }, () =>
      app.workers.fetch("/", { headers: { Cookie: ada.cookie }, signal: impatient.signal }).then(
        () => "answered",
        () => "gone",
      ),
    );
    const waiting = app.visits(20, ada);
    setTimeout(() => impatient.abort(), 500);
    expect(await Promise.all(gone)).toEqual(Array(100).fill("gone"));
    expect(statuses(await waiting)).toEqual(all(20, 200));
    expect(app.provider.calls.refresh).toBe(1);
  });

  it("RF-03 the ledger object dies while the provider is asked: those who waited in it claim again, 1 call", async () => {
    const ada = await app.signIn(EXPIRED);
    app.provider.delay(1_500);
    const waiting = app.visits(20, ada);
    await new Promise((resolve) => setTimeout(resolve, 600));
    await app.workers.killLedger(ada.session.sessionId);
    expect(statuses(await waiting)).toEqual(all(20, 200));
    expect(app.provider.calls.refresh).toBe(1);
  });

  it("RF-03 the ledger object dies after it was told: the old cookie adopts what was written, 0 calls", async () => {
    const ada = await app.signIn(EXPIRED);
    await app.visit(ada);
    await app.workers.killLedger(ada.session.sessionId);
    expect(statuses(await app.visits(8, ada))).toEqual(all(8, 200));
    expect(app.provider.calls.refresh).toBe(1);
  });

  it("RF-04 the old cookie still gets in afterwards, from every isolate, without a call", async () => {
    const ada = await app.signIn(EXPIRED);
    await app.visit(ada);
    await app.passTime(59);
    expect(statuses(await app.visits(8, ada))).toEqual(all(8, 200));
    expect(app.provider.calls.refresh).toBe(1);
  });

  it("RF-05 a cookie that a newer one has long replaced is refused: 401, nothing is set, nobody is asked", async () => {
    const ada = await app.signIn(EXPIRED);
    const first = cookieOf((await app.visit(ada)).cookies);
    await app.passTime(3_600);
    const second = cookieOf((await app.visit(first ?? "")).cookies);
    await app.passTime(120);
    // An isolate that has seen none of this, as after a deployment: nothing is left but the cookie and the ledger.
    const late = await app.visits(8, ada);
    expect(statuses(late)).toEqual(all(8, 401));
    expect(late.flatMap(({ cookies }) => cookies)).toEqual([]);
    expect(app.provider.calls.refresh).toBe(2);
    expect((await app.visit(second ?? "")).status).toBe(200);
  });

  it("RF-13 without a ledger each isolate leads once; who loses stays in while the token lives", async () => {
    await app.restart({ ledger: false });
    const ada = await app.signIn(DUE);
    expect(statuses(await app.visits(100, ada))).toEqual(all(100, 200));
    expect(app.provider.calls.refresh).toBeGreaterThan(1);
    expect(app.provider.calls.refresh).toBeLessThanOrEqual(4);
  });

  it("RF-14 two devices of one user refresh independently: two calls", async () => {
    const phone = await app.signIn(EXPIRED);
    const laptop = await app.signIn(EXPIRED);
    const answers = await Promise.all([app.visits(10, phone), app.visits(10, laptop)]);
    expect(statuses(answers.flat())).toEqual(all(20, 200));
    expect(app.provider.calls.refresh).toBe(2);
  });

  it("RF-15 a switch of organisation amid refreshes: one after the other, and the switch wins", async () => {
    const ada = await app.signIn({ ...EXPIRED, organizationId: "org_1" });
    app.provider.delay(200);
    const [switched, ...others] = await Promise.all([
      app.post(ada, "/auth/switch-org", { organizationId: "org_2" }),
      ...Array.from({ length: 10 }, () => app.visit(ada)),
    ]);
    expect(statuses([switched, ...others])).toEqual(all(11, 200));
    expect(JSON.parse(switched.body)).toMatchObject({ state: "authenticated", organizationId: "org_2" });
    expect(app.provider.calls.refresh).toBeLessThanOrEqual(2);
    const me = await app.visit(cookieOf(switched.cookies) ?? "", "/auth/me");
    expect(JSON.parse(me.body)).toMatchObject({ state: "authenticated", organizationId: "org_2" });
    // A late tab with the cookie from before stays in, too.
    expect((await app.visit(ada)).status).toBe(200);
  });

  it("RF-21 the answer with the new cookie was lost; the old one comes back two hours later and is renewed", async () => {
    const ada = await app.signIn(EXPIRED);
    await app.visit(ada);
    await app.passTime(7_200);
    expect(statuses(await app.visits(8, ada))).toEqual(all(8, 200));
    expect(app.provider.calls.refresh).toBe(2);
  });

  it("RF-22 a late answer overwrote the newer cookie: stays in, and the organisation is the one switched to", async () => {
    const ada = await app.signIn({ organizationId: "org_1" });
    const switched = await app.post(ada, "/auth/switch-org", { organizationId: "org_2" });
    expect(switched.status).toBe(200);
    await app.passTime(330);
    const me = await app.visit(ada, "/auth/me");
    expect(JSON.parse(me.body)).toMatchObject({ state: "authenticated", organizationId: "org_2" });
    expect(app.provider.calls.refresh).toBe(2);
  });

  it("RF-26 a log-out while a refresh is on its way: nobody is let in again, the new tokens are revoked", async () => {
    const ada = await app.signIn(EXPIRED);
    app.provider.delay(500);
    const refreshing = app.visits(4, ada);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const loggedOut = await app.post(ada, "/auth/logout");
    expect(loggedOut.status).toBe(200);
    expect(statuses(await refreshing)).toEqual(all(4, 401));
    expect(statuses(await app.visits(4, ada))).toEqual(all(4, 401));
    expect(app.provider.calls.refresh).toBe(1);
    expect(app.provider.calls.logout).toBeGreaterThanOrEqual(1);
  });

  it("RF-27 everybody went away during the refresh: it is finished in the background, and nothing is lost", async () => {
    const ada = await app.signIn(EXPIRED);
    app.provider.delay(800);
    const impatient = new AbortController();
    const gone = app.workers.fetch("/", { headers: { Cookie: ada.cookie }, signal: impatient.signal });
    setTimeout(() => impatient.abort(), 300);
    await expect(gone).rejects.toThrow();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(statuses(await app.visits(8, ada))).toEqual(all(8, 200));
    expect(app.provider.calls.refresh).toBe(1);
  });

  it("a session that ended at the provider is over: 401, the cookie is cleared, one call", async () => {
    const ada = await app.signIn(EXPIRED);
    app.provider.endSession(ada.sid);
    const answers = await app.visits(20, ada);
    expect(statuses(answers)).toEqual(all(20, 401));
    expect(answers.every(({ cookies }) => cookies.some((line) => line.includes("Max-Age=0")))).toBe(true);
    expect(app.provider.calls.refresh).toBe(1);
  });
});

describe("RF-28 a roll-out that is half done, or rolled back", () => {
  it("RF-28 isolates with the older ring refuse newer cookies and leave them alone; the newer ones open all", async () => {
    const [older, newer] = [generateSessionKeys(), generateSessionKeys()].map((text) => JSON.parse(text)[0]);
    const ring = (...keys: object[]) => JSON.stringify(keys);
    const rings = {
      older: ring({ ...older, version: 1, active: true }),
      newer: ring({ ...newer, version: 2, active: true }, { ...older, version: 1, active: false }),
    };
    await app.restart({
      variables: (worker) => ({ ...app.variables, SESSION_KEYS: worker < 2 ? rings.newer : rings.older }),
    });
    const from = (worker: number, { cookie }: { cookie: string }) =>
      app.workers.fetchFrom(worker, "/", { headers: { Cookie: cookie } });

    const ada = await signIn(app.provider, { SESSION_KEYS: rings.newer });
    for (const worker of [2, 3]) {
      const refused = await from(worker, ada);
      expect([refused.status, refused.cookies]).toEqual([401, []]);
    }
    expect((await from(0, ada)).status).toBe(200);

    const bob = await signIn(app.provider, { SESSION_KEYS: rings.older }, { userId: "user_bob" });
    const resealed = await from(1, bob);
    expect([resealed.status, cookieOf(resealed.cookies) === null]).toEqual([200, false]);
    const kept = await from(2, bob);
    expect([kept.status, kept.cookies]).toEqual([200, []]);
  });
});
