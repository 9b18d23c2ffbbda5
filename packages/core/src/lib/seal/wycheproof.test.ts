import { describe, expect, inject, test } from "vitest";
import type { Bytes } from "../base/bytes.js";

/** The runtime's WebCrypto against the vectors of Project Wycheproof, in the profile that the sealed format uses. */
const files = inject("wycheproof");
const HINT = "set WYCHEPROOF_DIR to a folder with Wycheproof's testvectors_v1 files";

interface Vectors<Group> {
  readonly testGroups: readonly Group[];
}
interface GcmGroup {
  readonly ivSize: number;
  readonly keySize: number;
  readonly tagSize: number;
  readonly tests: readonly Record<"key" | "iv" | "aad" | "msg" | "ct" | "tag" | "result", string>[];
}
interface HkdfGroup {
  readonly tests: readonly (Record<"ikm" | "salt" | "info" | "okm" | "result", string> & { readonly size: number })[];
}

function hex(text: string): Bytes {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
function read<Group>(name: string): readonly Group[] {
  // The files' layout is Wycheproof's published schema.
  return (JSON.parse(files?.[name] ?? "") as Vectors<Group>).testGroups;
}

describe.skipIf(files === null)(`CR-21 Wycheproof${files === null ? ` (skipped: ${HINT})` : ""}`, () => {
  test("AES-GCM with 256-bit keys, 96-bit IVs and 128-bit tags: 66 of 66", async () => {
    const groups = read<GcmGroup>("aes_gcm_test.json");
    const ours = groups.filter((group) => group.ivSize === 96 && group.keySize === 256 && group.tagSize === 128);
    const vectors = ours.flatMap((group) => group.tests);
    let right = 0;
    for (const { key, iv, aad, msg, ct, tag, result } of vectors) {
      const imported = await crypto.subtle.importKey("raw", hex(key), "AES-GCM", false, ["encrypt", "decrypt"]);
      const algorithm = { name: "AES-GCM", iv: hex(iv), additionalData: hex(aad) };
      const opened = await crypto.subtle.decrypt(algorithm, imported, hex(ct + tag)).catch((error: unknown) => {
        expect(error).toMatchObject({ name: "OperationError" });
        return null;
      });
      if (result === "valid") {
        const sealed = await crypto.subtle.encrypt(algorithm, imported, hex(msg));
        expect(new Uint8Array(sealed)).toEqual(hex(ct + tag));
        expect(opened && new Uint8Array(opened)).toEqual(hex(msg));
      } else {
        expect(opened).toBeNull();
      }
      right += 1;
    }
    expect([right, vectors.length]).toEqual([66, 66]);
  });

  test("HKDF with SHA-256: 86 of 86", async () => {
    const vectors = read<HkdfGroup>("hkdf_sha256_test.json").flatMap((group) => group.tests);
    let right = 0;
    for (const { ikm, salt, info, okm, size, result } of vectors) {
      const base = await crypto.subtle.importKey("raw", hex(ikm), "HKDF", false, ["deriveBits"]);
      const algorithm = { name: "HKDF", hash: "SHA-256", salt: hex(salt), info: hex(info) };
      const derived = await crypto.subtle.deriveBits(algorithm, base, size * 8).catch(() => null);
      expect(derived && new Uint8Array(derived)).toEqual(result === "valid" ? hex(okm) : null);
      right += 1;
    }
    expect([right, vectors.length]).toEqual([86, 86]);
  });
});
