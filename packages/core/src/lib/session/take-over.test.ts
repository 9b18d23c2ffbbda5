import { expect, test } from "vitest";
import { createBrowser } from "../../../test/browser.js";
import { createWorld } from "../../../test/world.js";
import { SILENT, spendOnce } from "./ledger-client.js";
import { takeOver } from "./take-over.js";

const ROUNDS = 1_000;
const AT_ONCE = 100;

test(`SS-02 ${ROUNDS} rounds of ${AT_ONCE} redemptions at once, in four isolates: exactly ${ROUNDS} take the session over`, async () => {
  const world = await createWorld();
  const isolates = [0, 1, 2, 3].map(() => world.isolate());
  const [first] = isolates;
  const { session } = await world.signIn(first!);
  const request = createBrowser().request();
  const taken = { yes: 0, no: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    const spend = () => spendOnce(world.ledger, `ticket ${round}`, world.clock.now() + 180);
    const outcomes = await Promise.all(
      Array.from({ length: AT_ONCE }, (_, at) =>
        isolates[at % 4]!.sessions.inRoom((room) => takeOver(room, request, { session, spend }, undefined)),
      ),
    );
    for (const outcome of outcomes) {
      if (outcome.ok) taken.yes += 1;
      else if (outcome.reason === "ticket_used") taken.no += 1;
    }
  }
  expect(taken).toEqual({ yes: ROUNDS, no: ROUNDS * (AT_ONCE - 1) });
}, 60_000);

test("a session that is over is not taken over, and nothing is spent", async () => {
  const world = await createWorld();
  const isolate = world.isolate();
  const browser = await world.signIn(isolate);
  let asked = 0;
  const spend = async () => {
    asked += 1;
    return true;
  };
  await isolate.sessions.end(browser.request());
  const outcome = await isolate.sessions.inRoom((room) =>
    takeOver(room, createBrowser().request(), { session: browser.session, spend }, undefined),
  );
  expect(outcome).toEqual({ ok: false, reason: "session_over" });
  world.clock.advance(40 * 86_400);
  const late = await isolate.sessions.inRoom((room) =>
    takeOver(room, createBrowser().request(), { session: browser.session, spend }, undefined),
  );
  expect(late).toEqual({ ok: false, reason: "session_over" });
  expect(asked).toBe(0);
});

test("a ledger that cannot say whether it was spent is an outage", async () => {
  const world = await createWorld();
  const isolate = world.isolate();
  const { session } = await world.signIn(isolate);
  const spend = async (): Promise<typeof SILENT> => SILENT;
  const outcome = await isolate.sessions.inRoom((room) =>
    takeOver(room, createBrowser().request(), { session, spend }, undefined),
  );
  expect(outcome).toEqual({ ok: false, reason: "ledger_unreachable" });
});

test("the newest that the ledger has is taken over, and another session of this browser is ended", async () => {
  const world = await createWorld();
  const isolate = world.isolate();
  const browser = await world.signIn(isolate);
  const other = await world.signIn(isolate);
  world.clock.advance(301);
  await isolate.visit(browser);
  const spend = async () => true;
  const outcome = await isolate.sessions.inRoom((room) =>
    takeOver(room, other.request(), { session: browser.session, spend }, undefined),
  );
  expect(outcome).toMatchObject({ ok: true, session: { sessionId: browser.session.sessionId, generation: 1 } });
  world.clock.advance(301);
  expect(await isolate.visit(other)).toMatchObject({ state: "anonymous", reason: "session_over" });
});
