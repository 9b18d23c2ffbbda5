/** A browser at an OpenID provider: follows redirects with the cookies it is given, until it is sent elsewhere. */
export interface Person {
  /** Where the provider sends the browser in the end, or its page. */
  visit(address: string, form?: Readonly<Record<string, string>>): Promise<URL | string>;
}

export function createPerson(provider: string): Person {
  const jar = new Map<string, string>();
  return {
    async visit(address, form) {
      let next = new URL(address);
      let body = form && new URLSearchParams(form).toString();
      for (let hops = 0; hops < 10; hops++) {
        if (next.origin !== new URL(provider).origin) return next;
        const response = await fetch(next.href, {
          redirect: "manual",
          headers: {
            Cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; "),
            ...(body !== undefined && { "Content-Type": "application/x-www-form-urlencoded" }),
          },
          ...(body !== undefined && { method: "POST", body }),
        });
        for (const line of response.headers.getSetCookie()) {
          const [pair = ""] = line.split(";");
          const [name = "", value = ""] = pair.split("=");
          if (value === "") jar.delete(name);
          else jar.set(name, value);
        }
        const location = response.headers.get("Location");
        const text = await response.text();
        if (location === null) return text;
        next = new URL(location, next);
        body = undefined;
      }
      throw new Error("The provider redirects in circles.");
    },
  };
}
