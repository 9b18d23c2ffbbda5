/** A browser as far as cookies go: one jar, one origin. */
export interface Browser {
  request(path?: string, init?: RequestInit): Request;
  /** Takes the Set-Cookie lines of an answer, in their order. */
  receive(answer: { readonly headers: Headers }): void;
  /** Value of the cookie with that name. */
  cookie(name?: string): string | undefined;
  /** Puts a cookie into the jar as if it had been there; without a value, takes it out. */
  plant(value: string | undefined, name?: string): void;
}

export const ORIGIN = "https://app.example.com";
export const COOKIE_NAME = "__Host-session";

export function createBrowser(): Browser {
  const jar = new Map<string, string>();
  return {
    request(path = "/", init = {}) {
      const headers = new Headers(init.headers);
      const cookies = [...jar].map(([name, value]) => `${name}=${value}`);
      if (cookies.length > 0) headers.set("Cookie", cookies.join("; "));
      return new Request(new URL(path, ORIGIN), { ...init, headers });
    },
    receive({ headers }) {
      for (const line of headers.getSetCookie()) {
        const [pair = "", ...attributes] = line.split("; ");
        const [name = "", value = ""] = pair.split("=");
        if (attributes.includes("Max-Age=0")) jar.delete(name);
        else jar.set(name, value);
      }
    },
    cookie: (name = COOKIE_NAME) => jar.get(name),
    plant(value, name = COOKIE_NAME) {
      if (value === undefined) jar.delete(name);
      else jar.set(name, value);
    },
  };
}

/** Another window that was given the cookie of now. */
export function copyOf(browser: Pick<Browser, "cookie">): Browser {
  const copy = createBrowser();
  copy.plant(browser.cookie());
  return copy;
}

export function setCookies(answer: { readonly headers: Headers }): string[] {
  return answer.headers.getSetCookie();
}

/** The Set-Cookie line that deletes the session cookie. */
export const CLEARED = `${COOKIE_NAME}=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax`;
