import { createSigner, type Signer } from "./signer.js";

export interface SigningKeys {
  sign(claims: object, header?: object): Promise<string>;
  /** The JWK set of now. */
  published(): Promise<{ readonly keys: readonly object[] }>;
  /** A new key signs from now on. Unless `keepsOld`, the ones before leave the set at once. */
  rotate(options?: Rotation): void;
}

export interface Rotation {
  readonly keepsOld?: boolean;
  /** The set names the key after the new one as well, as providers do that announce a rotation. */
  readonly announcesNext?: boolean;
}

/** RSA keys, each made when it is first needed: making one takes longer than most tests. */
export function createSigningKeys(): SigningKeys {
  const made = new Map<number, Signer>();
  let current = 1;
  let oldest = 1;
  let newest = 1;

  async function keyAt(at: number): Promise<Signer> {
    const known = made.get(at);
    if (known) return known;
    // No promise is kept: inside workerd the next caller may be another request. Who comes second throws its key away.
    const fresh = await createSigner(`key_${crypto.randomUUID()}`, "RS256");
    const first = made.get(at) ?? fresh;
    made.set(at, first);
    return first;
  }

  return {
    async sign(claims, header) {
      return (await keyAt(current)).sign(claims, header);
    },
    async published() {
      const inUse = Array.from({ length: newest - oldest + 1 }, (_, at) => keyAt(newest - at));
      return { keys: (await Promise.all(inUse)).map(({ jwk }) => jwk) };
    },
    rotate({ keepsOld = false, announcesNext = false } = {}) {
      current++;
      newest = announcesNext ? current + 1 : current;
      if (!keepsOld) oldest = current;
    },
  };
}
