import { describe, expect, test } from "vitest";
import type { Purpose } from "./derive.js";
import file from "./es1.vectors.json" with { type: "json" };
import { parseSessionKeys } from "./parse-session-keys.js";
import { unseal } from "./seal.js";

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Known answers of the sealed format, made by an independent implementation. */
describe("es1 vectors", () => {
  test.each(file.vectors.map((vector) => [vector.id, vector.why ?? `${vector.purpose}, valid`, vector] as const))(
    "%i: %s",
    async (_id, _why, vector) => {
      const keyring = parseSessionKeys(`7:${vector.secret}`);
      // The file is data; its purposes are checked by opening.
      const purpose = vector.purpose as Purpose;
      const opened = await unseal(vector.sealed, { keyring, purpose, context: vector.context, now: () => vector.now });
      if (!vector.valid) {
        expect(opened).toEqual({ ok: false, reason: vector.reason });
        return;
      }
      if (!opened.ok) throw new Error(`did not open: ${opened.reason}`);
      expect({ ...opened, body: hex(opened.body) }).toEqual({
        ok: true,
        body: vector.body,
        keyVersion: 7,
        outdated: false,
        issuedAt: vector.iat,
        expiresAt: vector.exp,
      });
    },
  );

  test("there are 71 of them", () => {
    expect(file.vectors).toHaveLength(71);
  });
});
