import { CookieSessionStorage, configure, createAuthService, sessionEncryption } from "@workos/authkit-session";
import { clientId } from "./reference.mjs";

const cookiePassword = "a-password-of-at-least-32-characters-for-the-bench";

class HeaderStorage extends CookieSessionStorage {
  async getCookie(request, name) {
    const header = request.headers.get("Cookie");
    return header?.startsWith(`${name}=`) ? header.slice(name.length + 1) : null;
  }
}

export async function createAuthkitSession() {
  configure({ clientId, apiKey: "sk_bench", redirectUri: "https://app.example.com/auth/callback", cookiePassword });
  const service = createAuthService({ sessionStorageFactory: (config) => new HeaderStorage(config) });
  const seal = (session) => sessionEncryption.sealData(session, { password: cookiePassword, ttl: 0 });
  return {
    name: "@workos/authkit-session",
    seal,
    cookie: async (session) => `wos-session=${await seal(session)}`,
    async open(request) {
      const { auth } = await service.withAuth(request);
      if (auth.user === null) throw new Error("not signed in");
      return auth;
    },
  };
}
