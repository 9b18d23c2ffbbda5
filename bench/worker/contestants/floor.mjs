// The least that any such library does: one AES-GCM under a fixed key and one RS256, through WebCrypto, with the native
// base64 and nothing checked.

import { readCookie } from "../open-and-verify.mjs";
import { createIssuer } from "../reference.mjs";

const RS256 = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const floor = {
  name: "floor",
  cookieName: "session",
  async create({ SIGNING_KEY, PASSWORD }) {
    const { jwks } = await createIssuer(SIGNING_KEY);
    const publicKey = await crypto.subtle.importKey("jwk", jwks.keys[0], RS256, false, ["verify"]);
    const key = await crypto.subtle.importKey("raw", decode(PASSWORD), "AES-GCM", false, ["encrypt", "decrypt"]);
    const memo = new Map();

    async function unseal(text) {
      const bytes = decode(text);
      const body = await crypto.subtle.decrypt({ name: "AES-GCM", iv: bytes.subarray(0, 12) }, key, bytes.subarray(12));
      return JSON.parse(decoder.decode(body));
    }

    return {
      unseal,
      async seal(session) {
        const iv = crypto.getRandomValues(new Uint8Array(12));
        const plain = encoder.encode(JSON.stringify(session));
        const body = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, plain));
        const joined = new Uint8Array(12 + body.length);
        joined.set(iv);
        joined.set(body, 12);
        return joined.toBase64({ alphabet: "base64url", omitPadding: true });
      },
      async authenticate(request) {
        const text = readCookie(request, floor.cookieName);
        const known = memo.get(text);
        if (known) return known;
        const { accessToken } = await unseal(text);
        const end = accessToken.lastIndexOf(".");
        const signed = encoder.encode(accessToken.slice(0, end));
        const isValid = await crypto.subtle.verify(RS256, publicKey, decode(accessToken.slice(end + 1)), signed);
        if (!isValid) throw new Error("invalid");
        const { sub, permissions } = JSON.parse(decoder.decode(decode(accessToken.split(".")[1])));
        const visitor = { userId: sub, permissions };
        memo.set(text, visitor);
        return visitor;
      },
    };
  },
};

function decode(text) {
  return Uint8Array.fromBase64(text, { alphabet: "base64url" });
}
