import { describe, expect, test } from "vitest";
import { copyOf, createBrowser, setCookies } from "../../../test/browser.js";
import { createStoredWorld, credentialOf, keyOf } from "../../../test/stored-world.js";
import { base64url } from "../base/bytes.js";
import type { KeyValueStore } from "../base/ports.js";
import { createMemoryStore } from "../testing/memory-store.js";
import { kvSessions } from "./kv-sessions.js";
import { writeStoredCredential } from "./stored-credential.js";

const ADA = { user: { id: "user_ada" } };
const BOB = { user: { id: "user_bob" } };

/** A world over KV that a test can look into and write to; `blind`: nothing that was written is seen. */
async function lateWorld() {
  const seen = { blind: false };
  let kv: KeyValueStore | undefined;
  const world = await createStoredWorld({
    home({ clock }) {
      const store = createMemoryStore({ now: clock.now, delaySeconds: 0 });
      kv = { ...store, get: async (key) => (seen.blind && !key.includes(":ended") ? null : store.get(key)) };
      return kvSessions(kv, { now: clock.now });
    },
  });
  return { ...world, seen, kv: kv! };
}

describe("MB-05 the copy in a new cookie", () => {
  test("counts where the record is not seen yet, and no longer than two minutes", async () => {
    const world = await lateWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate, ADA);
    expect(credentialOf(browser).copy).toMatch(/^es1\./);
    world.seen.blind = true;
    const cookie = browser.cookie();
    for (const seconds of [0, 60, 59]) {
      world.clock.advance(seconds);
      expect((await world.isolate().visit(browser)).state).toBe("authenticated");
      expect(browser.cookie()).toBe(cookie);
    }
    expect(world.home.count("save")).toBe(1);
    world.clock.advance(1);
    const auth = await isolate.visit(browser);
    expect(auth).toMatchObject({ state: "anonymous", reason: "session_over" });
    expect(setCookies(auth)).toEqual([]);
    // The store was only late, later than it says of itself: nobody is signed out for good.
    world.seen.blind = false;
    expect((await isolate.visit(browser)).state).toBe("authenticated");
    expect(credentialOf(browser).copy).toBeUndefined();
  });

  test("opens as nothing else: not as a sealed cookie, not with another id, not for another session", async () => {
    const world = await lateWorld();
    const isolate = world.isolate();
    const [ada, bob] = [await world.signIn(isolate, ADA), await world.signIn(isolate, BOB)];
    const [one, two] = [credentialOf(ada), credentialOf(bob)];
    world.seen.blind = true;
    const id = base64url(crypto.getRandomValues(new Uint8Array(32)));
    const made = [
      one.copy!,
      writeStoredCredential({ ...one, id }),
      writeStoredCredential({ ...two, copy: one.copy! }),
      writeStoredCredential({ ...one, copy: two.copy! }),
    ];
    for (const text of made) {
      const thief = createBrowser();
      thief.plant(text);
      const auth = await world.isolate().visit(thief);
      expect(auth.state).toBe("anonymous");
      expect(setCookies(auth)).toEqual([]);
    }
  });

  test("CR-10 is refused once its session's ending is seen", async () => {
    const world = await lateWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate, ADA);
    const copy = copyOf(browser);
    await isolate.sessions.end(browser.request(), isolate.background);
    world.seen.blind = true;
    expect(await world.isolate().visit(copy)).toMatchObject({ state: "anonymous", reason: "session_over" });
  });
});

test("MB-01 somebody who can write to KV puts another person's record, or shelf, under their own cookie: nobody", async () => {
  const world = await lateWorld();
  const isolate = world.isolate();
  const [ada, bob] = [await world.signIn(isolate, ADA), await world.signIn(isolate, BOB)];
  const at = async (browser: typeof ada) => `edgeseal:session:${credentialOf(browser).person}:${await keyOf(browser)}`;
  const victims = (await world.kv.get(await at(bob)))!;
  world.clock.advance(130);
  await world.kv.put(await at(ada), victims);
  await world.kv.put(`edgeseal:session:${credentialOf(bob).person}:${await keyOf(ada)}`, victims);
  const elsewhere = createBrowser();
  elsewhere.plant(writeStoredCredential({ id: credentialOf(ada).id, person: credentialOf(bob).person }));
  for (const browser of [ada, elsewhere]) {
    expect(await world.isolate().visit(browser)).toMatchObject({ state: "anonymous", reason: "tampered" });
  }
  expect((await world.isolate().visit(bob)).state).toBe("authenticated");
});

test("MB-05 a session that moves in is not lost elsewhere either", async () => {
  const world = await lateWorld();
  const browser = await world.signIn(world.bare(), ADA);
  world.clock.advance(200);
  expect((await world.isolate().visit(browser)).state).toBe("authenticated");
  expect(credentialOf(browser).copy).toMatch(/^es1\./);
  world.seen.blind = true;
  expect((await world.isolate().visit(browser)).state).toBe("authenticated");
});
