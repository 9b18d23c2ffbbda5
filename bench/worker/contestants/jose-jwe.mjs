import { base64url, EncryptJWT, jwtDecrypt } from "jose";
import { openAndVerify, readCookie } from "../open-and-verify.mjs";

const cookieName = "session";
const header = { alg: "dir", enc: "A256GCM" };

export const joseJwe = {
  name: "jose JWE",
  cookieName,
  create(env) {
    const key = base64url.decode(env.PASSWORD);
    const unseal = async (text) => {
      const options = { keyManagementAlgorithms: [header.alg], contentEncryptionAlgorithms: [header.enc] };
      const { payload } = await jwtDecrypt(text, key, options);
      return payload;
    };
    return {
      seal: (session) => new EncryptJWT(session).setProtectedHeader(header).setExpirationTime("30d").encrypt(key),
      unseal,
      authenticate: openAndVerify(env, (request) => unseal(readCookie(request, cookieName))),
    };
  },
};
