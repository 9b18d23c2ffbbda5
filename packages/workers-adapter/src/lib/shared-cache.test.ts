import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { createCors, createCsrf, createOrigins, createSecurityHeaders } from "@edgeseal/core/policies";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createScriptedProvider } from "../../test/scripted-provider.js";
import { cookieOf, signIn, variablesFor } from "../../test/visitors.js";
import { withAuth } from "./with-auth.js";

const provider = createScriptedProvider();
const env = variablesFor(provider);
type Env = typeof env;
type WorkerRequest = Parameters<ExportedHandlerFetchHandler<Env>>[0];

const PAGE = { "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "none" };
const CACHEABLE = { "Cache-Control": "public, max-age=60, s-maxage=31536000", Vary: "Accept" };

beforeEach(() => {
  vi.spyOn(globalThis, "fetch").mockImplementation((input, init) => provider.fetch(String(input), init as never));
});
afterEach(() => void vi.restoreAllMocks());

/** An app that wants everything of it kept by everybody, cookies included. */
const worker = withAuth<Env, readonly ["/public/*"]>(
  () => ({
    publicPaths: ["/public/*"],
    identityHeaders: true,
    policies: {
      csrf: createCsrf(),
      cors: createCors({ origins: createOrigins({ allow: ["https://www.example"] }) }),
      securityHeaders: createSecurityHeaders(),
    },
  }),
  {
    fetch: (_request, _env, _ctx, auth) =>
      new Response(auth.state === "authenticated" ? auth.user.id : "nobody", { headers: CACHEABLE }),
  },
);

async function visit(path: string, headers: Readonly<Record<string, string>>): Promise<Response> {
  const ctx = createExecutionContext();
  // As: a request made by hand has no `cf`.
  const request = new Request(`https://app.example${path}`, { headers }) as WorkerRequest;
  const response = await worker.fetch(request, env, ctx);
  await waitOnExecutionContext(ctx);
  return response;
}

interface Kept {
  readonly url: string;
  readonly vary: readonly (readonly [name: string, value: string | undefined])[];
  readonly response: Response;
}

/** A shared cache in front that keeps all that RFC 9111 §3 and §4.1 let it keep. */
function sharedCache() {
  const kept: Kept[] = [];
  const headerOf = (headers: Readonly<Record<string, string>>, name: string) =>
    Object.entries(headers).find(([given]) => given.toLowerCase() === name)?.[1];

  return {
    kept,
    async visit(path: string, headers: Readonly<Record<string, string>>): Promise<Response> {
      const hit = kept.find(
        ({ url, vary }) => url === path && vary.every(([name, value]) => headerOf(headers, name) === value),
      );
      if (hit) return hit.response.clone();
      const response = await visit(path, headers);
      const control = response.headers.get("Cache-Control") ?? "";
      const names = (response.headers.get("Vary") ?? "").toLowerCase().split(/\s*,\s*/);
      if (/public|max-age/.test(control) && !/no-store|private/.test(control) && !names.includes("*")) {
        const vary = names.filter((name) => name !== "").map((name) => [name, headerOf(headers, name)] as const);
        kept.push({ url: path, vary, response: response.clone() });
      }
      return response;
    },
  };
}

describe("a Worker whose handler wants everything kept", () => {
  it("CK-14 has its word replaced once somebody was read, on guarded and public paths, with all policies", async () => {
    const { cookie } = await signIn(provider, env);
    const due = await signIn(provider, env, { expiresIn: 10 });
    for (const path of ["/x", "/public/x"]) {
      for (const Cookie of [cookie, due.cookie]) {
        const answer = await visit(path, { ...PAGE, Cookie });
        expect([answer.status, await answer.text()]).toEqual([200, "user_ada"]);
        expect(answer.headers.get("Cache-Control")).toBe("private, no-store");
        expect(answer.headers.get("Vary")).toBe("Accept, Cookie, Origin");
      }
    }
  });

  it("CK-14 has it replaced where a cookie was refused, and whoever is sent away gets no answer to keep", async () => {
    const refused = await visit("/public/x", { ...PAGE, Cookie: "__Host-session=es1.garbage" });
    expect([refused.status, await refused.text()]).toEqual([200, "nobody"]);
    expect(refused.headers.get("Cache-Control")).toBe("private, no-store");
    expect(refused.headers.get("Vary")).toBe("Accept, Cookie, Origin");
    for (const headers of [PAGE, { "X-Requested-With": "1" }, { ...PAGE, Origin: "https://evil.example" }]) {
      const answer = await visit("/x", headers);
      expect([302, 401, 403]).toContain(answer.status);
      expect(answer.headers.get("Cache-Control")).toBe("private, no-store");
    }
  });

  it("CK-15 through a shared cache nobody gets another one's body or cookie, with or without an Origin", async () => {
    const cache = sharedCache();
    const [ada, bob] = [await signIn(provider, env), await signIn(provider, env, { userId: "user_bob" })];
    const due = await signIn(provider, env, { userId: "user_eve", expiresIn: 10 });
    const origin = { Origin: "https://www.example", "Sec-Fetch-Site": "same-site", "X-Requested-With": "1" };
    for (const path of ["/public/x", "/x"]) {
      for (const headers of [PAGE, origin]) {
        for (const [cookie, who] of [
          [null, "nobody"],
          [ada.cookie, "user_ada"],
          [bob.cookie, "user_bob"],
          [due.cookie, "user_eve"],
          [bob.cookie, "user_bob"],
          [null, "nobody"],
          [ada.cookie, "user_ada"],
        ] as const) {
          const answer = await cache.visit(path, cookie === null ? headers : { ...headers, Cookie: cookie });
          if (who === "nobody" && path === "/x") expect([302, 401]).toContain(answer.status);
          else expect([path, await answer.text()]).toEqual([path, who]);
          // A renewed cookie goes to the one whose session was due, and to nobody else.
          if (who !== "user_eve") expect(cookieOf(answer.headers.getSetCookie())).toBeNull();
        }
      }
    }
    // What a cache may keep was said to strangers, and is for strangers.
    expect(cache.kept.length).toBeGreaterThan(0);
    for (const { vary, response } of cache.kept) {
      expect(vary).toContainEqual(["cookie", undefined]);
      expect(await response.text()).toBe("nobody");
      expect(response.headers.getSetCookie()).toEqual([]);
    }
  });
});
