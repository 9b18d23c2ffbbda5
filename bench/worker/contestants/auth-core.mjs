import { decode, encode, getToken } from "@auth/core/jwt";
import { openAndVerify } from "../open-and-verify.mjs";

const cookieName = "__Secure-authjs.session-token";

export const authCore = {
  name: "@auth/core JWT",
  cookieName,
  create(env) {
    const secret = env.PASSWORD;
    const salt = cookieName;
    return {
      seal: (session) => encode({ token: session, secret, salt }),
      unseal: (text) => decode({ token: text, secret, salt }),
      authenticate: openAndVerify(env, (request) => getToken({ req: request, secret, cookieName, secureCookie: true })),
    };
  },
};
