import { generateSessionKeys } from "@edgeseal/core/seal";
import { beforeEach, describe, expect, it } from "vitest";
import { all, statuses, useApp } from "./app.js";
import type { Answer } from "./four-workers.js";
import { cookieOf, type SignedIn, signIn } from "./visitors.js";

const app = useApp();
const PEOPLE = 12;
const HOUR = 3_600;
/** Tokens that outlive the test: nothing but the keys changes. */
const LASTING = { expiresIn: 24 * HOUR };

interface Rings {
  readonly older: string;
  /** Both; the newer one seals in an hour. */
  readonly dated: string;
  readonly newer: string;
}

let rings: Rings;
let people: SignedIn[];

beforeEach(async () => {
  const [older, newer] = [1, 2].map((version) => ({ ...JSON.parse(generateSessionKeys())[0], version, active: true }));
  const activeFrom = new Date(Math.floor(Date.now() / 1000 + HOUR) * 1000).toISOString();
  const { active: _active, ...staged } = newer;
  rings = {
    older: JSON.stringify([older]),
    dated: JSON.stringify([{ ...staged, activeFrom }, older]),
    newer: JSON.stringify([newer]),
  };
  const keys = { SESSION_KEYS: rings.older };
  people = await Promise.all(Array.from({ length: PEOPLE }, () => signIn(app.provider, keys, LASTING)));
});

const deploy = (ring: keyof Rings) =>
  app.restart({ variables: () => ({ ...app.variables, SESSION_KEYS: rings[ring] }) });
const round = (cookies: readonly string[]): Promise<Answer[]> =>
  Promise.all(cookies.map((cookie) => app.visit(cookie)));
const set = (answers: readonly Answer[]) => answers.flatMap(({ cookies }) => cookies);

describe("a rotation of SESSION_KEYS with activeFrom", () => {
  it("logs nobody out before, across and after the moment, nor when the old key is dropped", async () => {
    const before = people.map(({ cookie }) => cookie);
    await deploy("older");
    expect(statuses(await round(before))).toEqual(all(PEOPLE, 200));

    await deploy("dated");
    const staged = await round(before);
    expect([statuses(staged), set(staged)]).toEqual([all(PEOPLE, 200), []]);

    await app.passTime(HOUR - 30);
    const shortlyBefore = await round(before);
    expect([statuses(shortlyBefore), set(shortlyBefore)]).toEqual([all(PEOPLE, 200), []]);

    await app.passTime(60);
    const across = await round(before);
    expect(statuses(across)).toEqual(all(PEOPLE, 200));
    const after = across.map(({ cookies }) => cookieOf(cookies));
    expect(after.filter((cookie) => cookie === null)).toEqual([]);
    const resealed = after.map(String);
    // Sealed again once: the new cookie is left alone, and the old one still opens.
    const again = await round([...resealed, ...before]);
    expect(statuses(again)).toEqual(all(2 * PEOPLE, 200));
    expect(set(again.slice(0, PEOPLE))).toEqual([]);

    await deploy("newer");
    expect(statuses(await round(resealed))).toEqual(all(PEOPLE, 200));
  });

  it("RF-28 rolled back to the older ring: no cookie is deleted; forward again: all open", async () => {
    const keys = { SESSION_KEYS: rings.newer };
    const newer = await Promise.all(people.map(() => signIn(app.provider, keys, LASTING)));
    const cookies = newer.map(({ cookie }) => cookie);
    await deploy("older");
    const refused = await round(cookies);
    expect([statuses(refused), set(refused)]).toEqual([all(PEOPLE, 401), []]);
    await deploy("dated");
    expect(statuses(await round(cookies))).toEqual(all(PEOPLE, 200));
  });
});
