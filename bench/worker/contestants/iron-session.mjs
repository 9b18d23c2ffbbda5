import { getIronSession, sealData, unsealData } from "iron-session";
import { openAndVerify } from "../open-and-verify.mjs";

const cookieName = "session";

export const ironSession = {
  name: "iron-session",
  cookieName,
  create(env) {
    const password = env.PASSWORD;
    return {
      seal: (session) => sealData(session, { password }),
      unseal: (text) => unsealData(text, { password }),
      authenticate: openAndVerify(env, (request) => getIronSession(request, new Response(), { cookieName, password })),
    };
  },
};
