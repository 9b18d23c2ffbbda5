import { isText, parseJsonObject } from "../base/json.js";
import type { SessionRecord } from "../base/session-home.js";

/** What a key-value store holds of a session. What nobody can list there, the client and its address, it does not hold. */
export interface KvRecord extends Pick<SessionRecord, "name" | "createdAt" | "endsAt" | "sealed" | "generation"> {
  readonly expiresAt: number;
  /** A new one with every save: what else changes may come back, as a generation does when a key is rotated. */
  readonly version: number;
}

/** A ledger name. Anything longer could not be part of a key. */
const NAME = /^[\w-]{43}$/;

export function writeKvRecord(record: KvRecord): string {
  const { version, name, generation, createdAt, expiresAt, endsAt, sealed } = record;
  return JSON.stringify({ version, name, generation, createdAt, expiresAt, endsAt, sealed });
}

/** `null` for everything that `writeKvRecord` does not make. */
export function readKvRecord(text: string): KvRecord | null {
  const value = parseJsonObject(text);
  if (value === null) return null;
  const { version, name, generation, createdAt, expiresAt, endsAt, sealed } = value;
  if (typeof name !== "string" || !NAME.test(name) || !isText(sealed)) return null;
  if (!isCount(version) || !isCount(generation)) return null;
  if (!isCount(createdAt) || !isCount(expiresAt) || !isCount(endsAt)) return null;
  return { version, name, generation, createdAt, expiresAt, endsAt, sealed };
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
