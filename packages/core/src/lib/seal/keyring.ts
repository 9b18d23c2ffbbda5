import { AuthError } from "../base/errors.js";
import type { ClockOption } from "../base/ports.js";
import { readClock } from "../base/runtime.js";
import { deriveKeyMaterial, type KeyMaterial, keyIdOf } from "./derive.js";
import { activeAt, type KeyState, stateAt, type TimelineKey } from "./timeline.js";

export const keyringBrand: unique symbol = Symbol("edgeseal.keyring");

/** Keys that seal and open. Made only by `parseSessionKeys`; prints no secret (`toJSON` = `describe()`). */
export interface Keyring {
  /** Safe to log: versions, states and dates, never text. */
  describe(): readonly KeyDescription[];
  /** Brand: a plain object is not a keyring. @internal */
  readonly [keyringBrand]: true;
}

/** One key of a ring, as an operator may see it. Times in ISO 8601, UTC. */
export interface KeyDescription {
  readonly version: number;
  readonly state: KeyState;
  readonly activeFrom?: string;
  readonly openUntil?: string;
}

/** A key as configured. Never leaves this room. */
export interface ConfiguredKey extends TimelineKey {
  readonly secret: string;
}

/** A key as derived. A revoked key has an id to be recognised by and nothing else. */
interface DerivedKey {
  readonly configured: ConfiguredKey;
  readonly material: KeyMaterial | null;
}

/** The key that seals. */
export interface SealingKey {
  readonly version: number;
  /** Epoch seconds; `Infinity` where nothing was said. */
  readonly openUntil: number;
  readonly material: KeyMaterial;
}

/** The key a text names, in its state at that time. */
export interface NamedKey {
  readonly version: number;
  readonly state: KeyState;
  /** `null` exactly when revoked. */
  readonly material: KeyMaterial | null;
}

interface Ring {
  readonly keys: readonly ConfiguredKey[];
  /** By key id, as u32. Settled values only: a derivation under way in another request is never waited for. */
  byId: ReadonlyMap<number, DerivedKey> | null;
}

/** Keeps what is secret off the object users hold, print, spread and clone. */
const rings = new WeakMap<Keyring, Ring>();

export function createKeyring(keys: readonly ConfiguredKey[], clock: ClockOption): Keyring {
  const describe = (): readonly KeyDescription[] => {
    const now = readClock(clock);
    return keys.map((key) => describeKey(keys, key, now));
  };
  const keyring = Object.freeze({
    describe,
    toJSON: describe,
    [Symbol.for("nodejs.util.inspect.custom")]: describe,
    [keyringBrand]: true as const,
  });
  rings.set(keyring, { keys, byId: null });
  return keyring;
}

/** The key that seals at `now`. Throws `config_invalid` where none does (a ring made while the clock stood). */
export async function activeKey(keyring: Keyring, now: number): Promise<SealingKey> {
  const ring = ringOf(keyring);
  const active = activeAt(ring.keys, now);
  for (const { configured, material } of (ring.byId ?? (await derive(ring))).values()) {
    if (configured === active && material) return { version: active.version, openUntil: active.openUntil, material };
  }
  throw refused(
    'SESSION_KEYS has no key that seals now: leave `"active": true` on an older key until the first `activeFrom`.',
  );
}

/** The key a text names by its id, in its state at `now`; `null` when this ring has none such. */
export async function keyById(keyring: Keyring, id: number, now: number): Promise<NamedKey | null> {
  const ring = ringOf(keyring);
  const key = (ring.byId ?? (await derive(ring))).get(id);
  if (!key) return null;
  const { configured, material } = key;
  return { version: configured.version, state: stateAt(ring.keys, configured, now), material };
}

/** State at `now` of the key with that version; `null` when the ring has none such. Waits for nothing. */
export function keyStateOf(keyring: Keyring, version: number, now: number): KeyState | null {
  const { keys } = ringOf(keyring);
  const key = keys.find((candidate) => candidate.version === version);
  return key ? stateAt(keys, key, now) : null;
}

/** The text of the key with that version, for this room alone; `null` when there is none such, or it opens nothing at `now`. */
export function secretOf(keyring: Keyring, version: number, now: number): string | null {
  const { keys } = ringOf(keyring);
  const key = keys.find((candidate) => candidate.version === version);
  if (!key) return null;
  const state = stateAt(keys, key, now);
  return state === "revoked" || state === "closed" ? null : key.secret;
}

/** Version of the key that seals at `now` and until when its seals open (`Infinity`: no end); `null` when none seals. */
export function sealingKeyAt(
  keyring: Keyring,
  now: number,
): { readonly version: number; readonly openUntil: number } | null {
  const active = activeAt(ringOf(keyring).keys, now);
  return active && { version: active.version, openUntil: active.openUntil };
}

function ringOf(keyring: Keyring): Ring {
  const ring = rings.get(keyring);
  if (ring) return ring;
  throw refused("`keyring` must come from `parseSessionKeys` of the same copy of @edgeseal/core.");
}

async function derive(ring: Ring): Promise<ReadonlyMap<number, DerivedKey>> {
  const materials = await Promise.all(ring.keys.map((key) => deriveKeyMaterial(key.secret)));
  const byId = new Map<number, DerivedKey>();
  ring.keys.forEach((configured, at) => {
    const material = materials[at];
    if (!material) return;
    const id = keyIdOf(material.id);
    const twin = byId.get(id)?.configured;
    if (twin) {
      throw refused(
        `SESSION_KEYS versions ${twin.version} and ${configured.version} have one key id: ` +
          "replace the secret of the one that came later.",
      );
    }
    byId.set(id, { configured, material: configured.revoked ? null : material });
  });
  // Two first requests may both come here; the first to finish is kept, so every later one sees the same keys.
  ring.byId ??= byId;
  return ring.byId;
}

function describeKey(keys: readonly TimelineKey[], key: TimelineKey, now: number): KeyDescription {
  const { version, startsAt, openUntil } = key;
  return {
    version,
    state: stateAt(keys, key, now),
    ...(startsAt !== null && Number.isFinite(startsAt) && { activeFrom: isoTime(startsAt) }),
    ...(Number.isFinite(openUntil) && { openUntil: isoTime(openUntil) }),
  };
}

function isoTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}

function refused(problem: string): AuthError {
  return new AuthError("config_invalid", problem, { problems: [problem] });
}
