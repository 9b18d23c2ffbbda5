import type { Runtime } from "../src/lib/base/ports.js";
import { jwksOf, type Signer } from "./tokens.js";

export interface Issuer {
  readonly fetch: Runtime["fetch"];
  /** Requests for the key set. */
  readonly fetches: number;
  sign(claims: object, header?: object): Promise<string>;
  /** The next key signs from now on. `keepsOld`: the set still holds the one before. */
  rotate(options?: { readonly keepsOld?: boolean }): void;
  /** Coming requests for the key set fail like that, until told otherwise. */
  fail(how: "network" | "500" | null): void;
}

/** Signs tokens with the first of some keys and serves the set of those in use. */
export function createIssuer(jwksUrl: string, signers: readonly [Signer, ...Signer[]]): Issuer {
  let [current] = signers;
  let served: readonly Signer[] = [current];
  let failure: "network" | "500" | null = null;
  let fetches = 0;
  return {
    async fetch(input) {
      if (String(input) !== jwksUrl) throw new TypeError("The issuer was asked for an address that is not its own.");
      fetches++;
      if (failure === "network") throw new TypeError("network");
      if (failure === "500") return new Response("down", { status: 500 });
      return new Response(jwksOf(...served), { headers: { "Content-Type": "application/json" } });
    },
    get fetches() {
      return fetches;
    },
    sign: (claims, header) => current.sign(claims, header),
    rotate({ keepsOld = false } = {}) {
      const next = signers[signers.indexOf(current) + 1];
      if (!next) throw new Error("The issuer has no further key.");
      served = keepsOld ? [next, ...served] : [next];
      current = next;
    },
    fail(how) {
      failure = how;
    },
  };
}
