import { expect, test } from "vitest";
import { CLAIMS, CLIENT_ID, createSigner, ISSUER, JWKS_URL, jwksOf, NOW, unsignedToken } from "../../../test/tokens.js";
import { createKeySource } from "./key-source.js";
import { verifyToken } from "./verify.js";

const TOKENS = 100_000;
const SECONDS = 600;

test.each([
  ["answers", false],
  ["is down", true],
])(
  "JW-12, JW-13 100,000 hostile tokens within ten minutes cost at most two fetches in any minute while the origin %s",
  async (_, goesDown) => {
    const signer = await createSigner("one");
    const clock = { now: NOW };
    let isDown = false;
    const fetchedAt: number[] = [];
    const source = createKeySource(JWKS_URL, {
      now: () => clock.now,
      async fetch() {
        fetchedAt.push(clock.now);
        if (isDown) throw new TypeError("fetch failed");
        return new Response(jwksOf(signer));
      },
    });
    const options = { issuer: ISSUER, clientId: CLIENT_ID, now: () => clock.now };
    const good = await signer.sign({ ...CLAIMS, exp: NOW + 2 * SECONDS });
    expect((await verifyToken(good, source, options)).ok).toBe(true);
    isDown = goesDown;

    const [, payload = "", signature = ""] = good.split(".");
    const named = (kid: string) => `${btoa(JSON.stringify({ alg: "RS256", kid })).replace(/=+$/, "")}.${payload}`;
    const forgeries: readonly ((at: number) => string)[] = [
      (at) => `${named(`stranger_${at}`)}.${signature}`,
      (at) => `${named(`key_${at % 7}`)}.${signature}`,
      () => `${named("one")}.${signature.slice(0, -4)}AAAA`,
      () => unsignedToken({ alg: "RS256", kid: "gone" }, { ...CLAIMS, exp: NOW - 1 }),
      () => unsignedToken({ alg: "none" }),
      (at) => `garbage.${at}`,
    ];
    let accepted = 0;
    let refusedGood = 0;
    for (let at = 0; at < TOKENS; at++) {
      clock.now = NOW + Math.floor((at * SECONDS) / TOKENS);
      const token = forgeries[at % forgeries.length]?.(at) ?? "";
      // Nobody can say while the origin is down: `keys_unreachable` is thrown, and that lets nobody in, either.
      const seen = await verifyToken(token, source, options).catch(() => null);
      if (seen?.ok) accepted++;
      if (at % 1_000 === 0 && !(await verifyToken(good, source, options)).ok) refusedGood++;
    }
    expect([accepted, refusedGood]).toEqual([0, 0]);
    const [, ...later] = fetchedAt;
    const busiest = Math.max(...later.map((from) => later.filter((time) => time >= from && time < from + 60).length));
    expect(busiest).toBe(2);
    expect(later.length).toBeLessThanOrEqual((2 * SECONDS) / 60);
  },
  60_000,
);
