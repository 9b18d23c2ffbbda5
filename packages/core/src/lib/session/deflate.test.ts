import fc from "fast-check";
import { expect, test } from "vitest";
import { concatBytes, utf8 } from "../base/bytes.js";
import { deflate, inflate } from "./deflate.js";

const CAP = 16_384;
const CLAIMS = utf8(JSON.stringify({ permissions: Array.from({ length: 200 }, (_, at) => `thing-${at}:read`) }));

async function deflated(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return (await deflate(bytes, Number.POSITIVE_INFINITY)) ?? new Uint8Array(0);
}

test("CR-17 a bomb stops at the cap, however much it stands for", async () => {
  for (const length of [CAP + 1, 100_000, 100_000_000]) {
    const bomb = await deflated(new Uint8Array(length));
    expect(bomb.length).toBeLessThan(length / 400);
    expect(await inflate(bomb, CAP)).toBeNull();
  }
  expect(await inflate(await deflated(new Uint8Array(CAP)), CAP)).toEqual(new Uint8Array(CAP));
});

test("what is broken, cut off or followed by more is null", async () => {
  const good = await deflated(CLAIMS);
  expect(await inflate(new Uint8Array(0), CAP)).toBeNull();
  for (let length = 1; length < good.length; length += 97) {
    expect(await inflate(good.slice(0, length), CAP)).toBeNull();
  }
  expect(await inflate(good.slice(0, -1), CAP)).toBeNull();
  expect(await inflate(concatBytes(good, Uint8Array.of(0)), CAP)).toBeNull();
  expect(await inflate(concatBytes(good, good), CAP)).toBeNull();
});

test("what does not become shorter than asked is null", async () => {
  const noise = crypto.getRandomValues(new Uint8Array(500));
  expect(await deflate(noise, noise.length - 1)).toBeNull();
  expect(await deflate(CLAIMS, CLAIMS.length - 1)).not.toBeNull();
});

test("no bytes throw", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
      const inflated = await inflate(Uint8Array.from(bytes), CAP);
      expect(inflated === null || inflated.length <= CAP).toBe(true);
    }),
    { numRuns: 50 },
  );
});

test("whatever is deflated comes back, and claims become a fraction", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), async (bytes) => {
      const given = Uint8Array.from(bytes);
      expect(await inflate(await deflated(given), CAP)).toEqual(given);
    }),
    { numRuns: 50 },
  );
  expect((await deflated(CLAIMS)).length).toBeLessThan(CLAIMS.length / 3);
});
