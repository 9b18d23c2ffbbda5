// What stands in many a Worker: a key derived from the secret for every request, AES-GCM with a random IV in front, JSON.
import { openAndVerify, readCookie } from "../open-and-verify.mjs";

const cookieName = "session";
const encoder = new TextEncoder();

export const handWritten = {
  name: "hand-written AES-GCM",
  cookieName,
  create(env) {
    async function seal(session) {
      const iv = crypto.getRandomValues(new Uint8Array(12));
      const key = await deriveKey(env.PASSWORD);
      const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, encoder.encode(JSON.stringify(session)));
      const binary = String.fromCharCode(...iv, ...new Uint8Array(sealed));
      return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
    }

    async function unseal(text) {
      const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
      const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
      const key = await deriveKey(env.PASSWORD);
      const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: bytes.slice(0, 12) }, key, bytes.slice(12));
      return JSON.parse(new TextDecoder().decode(plain));
    }

    const authenticate = openAndVerify(env, (request) => unseal(readCookie(request, cookieName)));
    return { seal, unseal, authenticate };
  },
};

async function deriveKey(secret) {
  const material = await crypto.subtle.importKey("raw", encoder.encode(secret), "HKDF", false, ["deriveKey"]);
  const how = { name: "HKDF", hash: "SHA-256", salt: encoder.encode("session"), info: encoder.encode("cookie") };
  return crypto.subtle.deriveKey(how, material, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}
