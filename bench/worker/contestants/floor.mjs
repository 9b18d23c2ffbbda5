// The least that any such library does: one AES-GCM under a fixed key and one RS256, through WebCrypto, with the native
// base64 and nothing checked.
import { base64url } from "./reference.mjs";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export async function createFloor({ publicKey }) {
  const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  const memo = new Map();

  async function seal(session) {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const body = new Uint8Array(
      await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, encoder.encode(JSON.stringify(session))),
    );
    const joined = new Uint8Array(12 + body.length);
    joined.set(iv);
    joined.set(body, 12);
    return base64url(joined);
  }

  return {
    name: "floor",
    seal,
    cookie: async (session) => `session=${await seal(session)}`,
    async open(request) {
      const text = request.headers.get("Cookie").slice("session=".length);
      const known = memo.get(text);
      if (known) return known;
      const bytes = fromBase64url(text);
      const body = await crypto.subtle.decrypt({ name: "AES-GCM", iv: bytes.subarray(0, 12) }, key, bytes.subarray(12));
      const session = JSON.parse(decoder.decode(body));
      const end = session.accessToken.lastIndexOf(".");
      const signature = fromBase64url(session.accessToken.slice(end + 1));
      const signed = encoder.encode(session.accessToken.slice(0, end));
      if (!(await crypto.subtle.verify("RSASSA-PKCS1-v1_5", publicKey, signature, signed))) throw new Error("invalid");
      memo.set(text, session);
      return session;
    },
  };
}

function fromBase64url(text) {
  return Uint8Array.fromBase64(text, { alphabet: "base64url" });
}
