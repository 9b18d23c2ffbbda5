/** Signatures we check. No symmetric one: whoever can check it could also sign. */
export type TokenAlgorithm = "RS256" | "ES256" | "EdDSA" | "PS256";

/** What WebCrypto calls them, for `importKey`. */
export const IMPORT_PARAMETERS: Readonly<Record<TokenAlgorithm, ImportParameters>> = {
  RS256: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
  PS256: { name: "RSA-PSS", hash: "SHA-256" },
  ES256: { name: "ECDSA", namedCurve: "P-256" },
  EdDSA: { name: "Ed25519" },
};

interface ImportParameters {
  readonly name: string;
  readonly hash?: string;
  readonly namedCurve?: string;
}

/** How long a signature by this key is: the modulus with RSA, two coordinates or R and S of 32 bytes otherwise. */
export function signatureBytes(key: CryptoKey): number {
  const { algorithm } = key;
  return "modulusLength" in algorithm && typeof algorithm.modulusLength === "number"
    ? Math.ceil(algorithm.modulusLength / 8)
    : 64;
}
