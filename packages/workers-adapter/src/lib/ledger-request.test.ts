import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readLedgerRequest, readLedgerResult, readSpendExpiry } from "./ledger-request.js";

const T0 = 1_800_000_000;
const REQUEST = { presented: 1, held: 2, tokenExpiresAt: T0, wait: true, endsAt: T0 };

const number = fc.integer({ min: 0, max: 0xffff_ffff });
const lease = fc.string({ minLength: 1, maxLength: 64 });
const request = fc.record(
  {
    presented: number,
    held: number,
    tokenExpiresAt: number,
    wait: fc.boolean(),
    endsAt: number,
    isSwitch: fc.boolean(),
  },
  { requiredKeys: ["presented", "held", "tokenExpiresAt", "wait", "endsAt"] },
);
const result = fc.oneof(
  fc.record({ kind: fc.constant("next"), lease, held: number, successor: fc.string({ minLength: 1 }) }),
  fc.record({ kind: fc.constant("over"), lease, held: number }),
  fc.record({ kind: fc.constant("failed"), lease, retryAfterSeconds: fc.double({ min: 0, max: 1e6, noNaN: true }) }),
  fc.record({ kind: fc.constant("ended"), endsAt: number }),
);

describe("readLedgerRequest", () => {
  const refused: readonly (readonly [string, unknown])[] = [
    ["argument", undefined],
    ["argument", "leader"],
    ["presented", {}],
    ["presented", { ...REQUEST, presented: -1 }],
    ["held", { ...REQUEST, held: 1.5 }],
    ["tokenExpiresAt", { ...REQUEST, tokenExpiresAt: Number.NaN }],
    ["endsAt", { ...REQUEST, endsAt: T0 * 1000 }],
    ["wait", { ...REQUEST, wait: 1 }],
    ["isSwitch", { ...REQUEST, isSwitch: "yes" }],
  ];
  it.each(refused)("refuses a wrong `%s` and names it", (name, input) => {
    expect(() => readLedgerRequest(input)).toThrow(
      new TypeError(`edgeseal ledger: \`${name}\` is missing or out of range.`),
    );
  });

  it("throws a TypeError or gives back an equal request, whatever it is given", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.anything(),
          fc.anything().map((held) => ({ ...REQUEST, held })),
        ),
        (input) => {
          try {
            expect(input).toMatchObject(readLedgerRequest(input));
          } catch (error) {
            expect(error).toBeInstanceOf(TypeError);
          }
        },
      ),
    );
  });

  it("keeps the known fields of every valid request and drops unknown ones", () => {
    fc.assert(
      fc.property(request, (valid) => {
        expect(readLedgerRequest({ ...valid, extra: "x" })).toEqual(valid);
      }),
    );
  });
});

describe("readLedgerResult", () => {
  const refused: readonly (readonly [string, unknown])[] = [
    ["argument", null],
    ["kind", {}],
    ["kind", { kind: "renewed" }],
    ["successor", { kind: "next", lease: "l", held: 1 }],
    ["successor", { kind: "next", lease: "l", held: 1, successor: "x".repeat(65_537) }],
    ["lease", { kind: "next", lease: "", held: 1, successor: "x" }],
    ["lease", { kind: "over", lease: "l".repeat(65), held: 1 }],
    ["retryAfterSeconds", { kind: "failed", lease: "l", retryAfterSeconds: -1 }],
    ["retryAfterSeconds", { kind: "failed", lease: "l", retryAfterSeconds: Number.POSITIVE_INFINITY }],
    ["endsAt", { kind: "ended" }],
  ];
  it.each(refused)("refuses a wrong `%s` and names it", (name, input) => {
    expect(() => readLedgerResult(input)).toThrow(
      new TypeError(`edgeseal ledger: \`${name}\` is missing or out of range.`),
    );
  });

  it("keeps the known fields of every valid result and drops unknown ones", () => {
    fc.assert(
      fc.property(result, (valid) => {
        expect(readLedgerResult({ ...valid, extra: "x" })).toEqual(valid);
      }),
    );
  });
});

describe("readSpendExpiry", () => {
  it.each([undefined, "1", -1, 0.5, Number.POSITIVE_INFINITY, T0 * 1000])("refuses %s", (input) => {
    expect(() => readSpendExpiry(input)).toThrow(TypeError);
  });

  it("gives back a time in epoch seconds", () => {
    expect(readSpendExpiry(T0)).toBe(T0);
  });
});
