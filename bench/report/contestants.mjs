import { readFileSync } from "node:fs";
import { join } from "node:path";
import { table } from "./markdown.mjs";

const { dependencies } = JSON.parse(readFileSync(join(import.meta.dirname, "..", "package.json"), "utf8"));
const version = (name) => dependencies[name];

/** Said beside every table, since not all of them do the same work. */
export const whatEachDoes = `${table(
  ["", "seals with", "token's signature", "remembers a cookie", "changes keys", "renews tokens"],
  [
    ["floor", "AES-GCM, one fixed key", "WebCrypto alone, nothing else checked", "yes, in a map", "no", "no"],
    [
      "edgeseal",
      "AES-GCM, a key for each seal, committing",
      "its own",
      "yes, re-checked",
      "yes",
      "yes, once over all isolates",
    ],
    [
      `@workos/authkit-session ${version("@workos/authkit-session")}`,
      "AES-CBC and HMAC",
      "jose, issuer and recipient unchecked",
      "no",
      "no",
      "yes, once in each isolate",
    ],
    ["hand-written AES-GCM", "AES-GCM, its key derived again for each request", "added: jose", "no", "no", "no"],
    [`iron-session ${version("iron-session")}`, "AES-CBC and HMAC", "added: jose", "no", "yes", "no"],
    [`jose ${version("jose")} JWE`, "A256GCM, `dir`", "added: jose", "no", "no", "no"],
    [`@auth/core ${version("@auth/core")} JWT`, "A256CBC-HS512", "added: jose", "no", "yes", "no"],
  ],
)}

The floor is what any such library must do, and no more: it is there to measure by, not to use. Four of the contestants only
seal and open. Where a table says "verify", they were given what a Worker usually adds: jose's \`jwtVerify\` with issuer and
client id, and the provider's keys from memory, else KV, else the provider.`;
