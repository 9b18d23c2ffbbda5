import { CookieSessionStorage, configure, createAuthService, sessionEncryption } from "@workos/authkit-session";
import { readCookie } from "../open-and-verify.mjs";

class HeaderStorage extends CookieSessionStorage {
  async getCookie(request, name) {
    return readCookie(request, name);
  }
}

export const authkitSession = {
  name: "@workos/authkit-session",
  cookieName: "wos-session",
  create({ PASSWORD, WORKOS_CLIENT_ID, WORKOS_API_KEY, WORKOS_REDIRECT_URI, WORKOS_API_URL }) {
    const { hostname, port, protocol } = new URL(WORKOS_API_URL);
    configure({
      clientId: WORKOS_CLIENT_ID,
      apiKey: WORKOS_API_KEY,
      redirectUri: WORKOS_REDIRECT_URI,
      cookiePassword: PASSWORD,
      apiHostname: hostname,
      apiPort: Number(port),
      apiHttps: protocol === "https:",
    });
    const service = createAuthService({ sessionStorageFactory: (config) => new HeaderStorage(config) });
    return {
      seal: (session) => sessionEncryption.sealData(session, { password: PASSWORD, ttl: 0 }),
      unseal: (text) => sessionEncryption.unsealData(text, { password: PASSWORD }),
      async authenticate(request) {
        const { auth } = await service.withAuth(request);
        if (auth.user === null) throw new Error("not signed in");
        return { userId: auth.user.id, permissions: auth.claims.permissions };
      },
    };
  },
};
