import { sha256, utf8 } from "../base/bytes.js";
import { refuseConfig } from "../base/errors.js";
import { parseJsonObject } from "../base/json.js";
import { isCanonicalOrigin } from "./origin-form.js";

/** An entry of the registry of preview origins; STORAGE.md describes it. */
export interface PreviewOrigin {
  readonly key: string;
  readonly value: string;
}

export interface PreviewOriginOptions {
  /** Epoch seconds: from then on it is not allowed any more, whatever the store still holds. */
  readonly expiresAt: number;
}

/**
 * Key and value by which a pipeline allows the origin of a preview until `expiresAt`: put them into the `registry` of
 * `createOrigins`. Throws `config_invalid` for what is no https origin in canonical form.
 */
export async function previewOrigin(origin: string, options: PreviewOriginOptions): Promise<PreviewOrigin> {
  const { expiresAt } = options;
  const problems: string[] = [];
  if (typeof origin !== "string" || !isCanonicalOrigin(origin)) {
    problems.push("A preview's origin must be written as browsers do: `https://pr-12.preview.example.com`.");
  }
  if (!Number.isInteger(expiresAt) || expiresAt <= 0 || expiresAt > 1e11) {
    problems.push("`expiresAt` must be whole epoch seconds: `Math.floor(Date.now() / 1000) + 7 * 86_400`.");
  }
  refuseConfig(problems);
  return { key: await previewKey(origin), value: JSON.stringify({ origin, expiresAt }) };
}

/** In hexadecimal, so that `sha256sum` of a shell gives the same. Hashed, so that no origin is too long for a key. */
export async function previewKey(origin: string): Promise<string> {
  const hash = await sha256(utf8(origin));
  return `edgeseal:origin:${Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** Until when an entry allows this origin, in epoch seconds; 0 for what is no entry of it. */
export function previewExpiry(value: string | null, origin: string): number {
  const entry = value === null ? null : parseJsonObject(value);
  const { origin: named, expiresAt } = entry ?? {};
  return named === origin && typeof expiresAt === "number" ? expiresAt : 0;
}
