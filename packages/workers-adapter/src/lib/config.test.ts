import { isAuthError, type Ledger, parseSessionKeys } from "@edgeseal/core";
import { workos } from "@edgeseal/core/providers/workos";
import { generateSessionKeys } from "@edgeseal/core/seal";
import { opaqueStore, type StoreOptions } from "@edgeseal/core/store";
import { createMemorySessions } from "@edgeseal/core/testing";
import { describe, expect, it } from "vitest";
import { createScriptedProvider } from "../../test/scripted-provider.js";
import { signIn, variablesFor } from "../../test/visitors.js";
import { configureAuth } from "./config.js";
import { exportedObjects, undeclaredObjects } from "./exported.js";
import type { WorkerAuthOptions } from "./options.js";

const GOOD = {
  SESSION_KEYS: generateSessionKeys(),
  WORKOS_CLIENT_ID: "client_01ABCDEF",
  WORKOS_API_KEY: "sk_live_0123456789",
  WORKOS_REDIRECT_URI: "https://app.example/auth/callback",
};
const CANARY = "canary-7f3a91";

function problemsOf(env: unknown, given: object = {}): readonly string[] {
  try {
    configureAuth(env, given as WorkerAuthOptions);
    return [];
  } catch (error) {
    if (isAuthError(error, "config_invalid")) return error.problems;
    throw error;
  }
}

describe("CF-01 what is missing or wrong", () => {
  it("CF-01 names every missing variable at once", () => {
    const problems = problemsOf({}).join("\n");
    for (const name of ["SESSION_KEYS", "WORKOS_CLIENT_ID", "WORKOS_API_KEY", "WORKOS_REDIRECT_URI"]) {
      expect(problems).toContain(name);
    }
    expect(problemsOf(undefined).join("\n")).toBe(problems);
  });

  it.each([
    ["SESSION_KEYS", { SESSION_KEYS: `[{"version":1,"secret":"${CANARY}"}]` }],
    ["SESSION_KEYS", { SESSION_KEYS: { get: async () => CANARY } }],
    ["WORKOS_CLIENT_ID", { WORKOS_CLIENT_ID: "" }],
    ["WORKOS_CLIENT_ID", { WORKOS_CLIENT_ID: `client ${CANARY}` }],
    ["WORKOS_API_KEY", { WORKOS_API_KEY: "your-api-key" }],
    ["WORKOS_API_KEY", { WORKOS_API_KEY: 7 }],
    ["WORKOS_API_KEY", { WORKOS_API_KEY: { get: async () => CANARY } }],
    ["WORKOS_REDIRECT_URI", { WORKOS_REDIRECT_URI: `/${CANARY}` }],
    ["WORKOS_ISSUER", { WORKOS_ISSUER: `https://a.example,,${CANARY}` }],
    ["AUTH_KV", { AUTH_KV: CANARY }],
    ["AUTH_DB", { AUTH_DB: CANARY }],
    ["AUTH_DB", { AUTH_DB: { prepare: CANARY } }],
    ["AUTH_LEDGER", { AUTH_LEDGER: { idFromName: CANARY } }],
    ["AUTH_LIMITS", { AUTH_LIMITS: { idFromName: CANARY } }],
    ["AUTH_SESSIONS", { AUTH_SESSIONS: { get: CANARY, put: CANARY, delete: CANARY } }],
  ])("CF-01 a wrong %s is named, alone, and its value is not repeated", (name, wrong) => {
    const problems = problemsOf({ ...GOOD, ...wrong });
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.filter((problem) => !problem.startsWith(name))).toEqual([]);
    expect(problems.join("\n")).not.toContain(CANARY);
  });

  it("CF-01 says how to read a Secrets Store binding", () => {
    expect(problemsOf({ ...GOOD, WORKOS_API_KEY: { get: async () => "" } }).join()).toContain("`await`");
  });

  it("CF-01 what is wrong with options is told beside the keys and variables that are missing", () => {
    const problems = problemsOf({}, { realm: 1, routePrefix: "auth", lifetime: { idleSeconds: 1 } });
    expect(problems).toHaveLength(7);
    for (const name of ["SESSION_KEYS", "WORKOS_CLIENT_ID", "`realm`", "`routePrefix`", "`lifetime.idleSeconds`"]) {
      expect(problems.filter((problem) => problem.includes(name))).toHaveLength(1);
    }
  });

  it.each([undefined, null, "realm"])("CF-01 says that `configure` returned no options: %s", (given) => {
    const problems = ["`configure` must return an object of options."];
    expect(() => configureAuth(GOOD, given as never)).toThrow(expect.objectContaining({ problems }));
  });

  it("CF-01 an option that does not exist, a public path that cannot match and a bad variable: all in one list", () => {
    const given = { publicPath: ["/"], publicPaths: ["health"], realm: "x" };
    const problems = problemsOf({ ...GOOD, AUTH_KV: 1 }, given);
    expect(problems).toHaveLength(3);
    for (const name of ["`publicPath`", '"health"', "AUTH_KV"]) expect(problems.join("\n")).toContain(name);
  });

  it.each(["http://provider.example", "http://127.0.0.1.evil.example", "ftp://localhost"])(
    "CF-02 refuses a provider at %s: plain http is for loopback hosts",
    (url) => {
      const [problem, ...others] = problemsOf({ ...GOOD, WORKOS_API_URL: url });
      expect(problem).toMatch(/^WORKOS_API_URL /);
      expect(others).toEqual([]);
    },
  );
});

describe("configureAuth", () => {
  it("needs four variables and no binding", async () => {
    const { auth } = configureAuth(GOOD, {});
    expect(await auth.describe()).toMatchObject({ cookieName: "__Host-session", realm: "", provider: "workos" });
  });

  it("trims variables, takes a list of issuers, an API on loopback, and ignores what is undefined", () => {
    const env = {
      ...GOOD,
      WORKOS_CLIENT_ID: ` ${GOOD.WORKOS_CLIENT_ID}\n`,
      WORKOS_ISSUER: "https://a.example, https://b.example/",
      WORKOS_API_URL: "http://localhost:4100",
      AUTH_KV: undefined,
    };
    expect(problemsOf(env, { realm: undefined })).toEqual([]);
  });

  it("asks no variable for what `configure` gave", () => {
    const { provider, keyring } = given();
    expect(problemsOf({}, { provider, keyring })).toEqual([]);
  });

  it("prefers AUTH_LEDGER to ctx.exports, and what `configure` gave to both", async () => {
    const provider = createScriptedProvider();
    const variables = variablesFor(provider);
    const { cookie } = await signIn(provider, variables, { expiresIn: -30 });
    const asked: string[] = [];
    const ledger = (name: string) => ({ getByName: () => ({ claim: () => asked.push(name) }) }) as unknown as Ledger;
    const bound = { AUTH_LEDGER: ledger("bound") };
    for (const [env, options] of [
      [{}, {}],
      [bound, {}],
      [bound, { ledger: ledger("configured") }],
    ] as const) {
      const { fetch } = provider;
      const configured = configureAuth({ ...variables, ...env }, { fetch, ...options }, { ledger: ledger("exported") });
      await configured.auth.validateRequest(new Request("https://app.example", { headers: { Cookie: cookie } }));
    }
    expect([...new Set(asked)]).toEqual(["exported", "bound", "configured"]);
  });

  it("a class of sessions that lies in another Worker is a problem until the store is passed: nothing here brings its code", () => {
    const env = { ...GOOD, AUTH_SESSIONS: { getByName: () => ({}) } };
    expect(problemsOf(env)).toEqual([
      "AUTH_SESSIONS is a class of another Worker: pass `store: opaqueStore({ home: env.AUTH_SESSIONS })`, or export `SessionObject` here.",
    ]);
    const store = opaqueStore({ home: { getByName: () => createMemorySessions().getByName("person") } });
    expect(problemsOf(env, { store })).toEqual([]);
  });

  it("prefers AUTH_SESSIONS to ctx.exports, and a `store` of `configure` to both; without any, sessions stay in cookies", async () => {
    await import("./session-object.js");
    const provider = createScriptedProvider();
    const variables = variablesFor(provider);
    const { cookie } = await signIn(provider, variables);
    const asked: string[] = [];
    const home = (name: string): StoreOptions["home"] => ({
      getByName: () => ({
        load: async () => null,
        save: async () => {
          asked.push(name);
          return { state: "saved", version: 1 };
        },
        end: async () => [],
      }),
    });
    const bound = { AUTH_SESSIONS: home("bound") };
    for (const [env, options] of [
      [{}, {}],
      [bound, {}],
      [bound, { store: opaqueStore({ home: home("configured") }) }],
    ] as const) {
      const configured = configureAuth(
        { ...variables, ...env },
        { fetch: provider.fetch, ...options },
        { sessions: home("exported") },
      );
      const visit = new Request("https://app.example", { headers: { Cookie: cookie } });
      const { headers } = await configured.auth.validateRequest(visit);
      expect(headers.getSetCookie()).toEqual([expect.stringMatching(/^__Host-session=eo1\./)]);
    }
    expect(asked).toEqual(["exported", "bound", "configured"]);
    const sealed = configureAuth(variables, { fetch: provider.fetch });
    const visit = new Request("https://app.example", { headers: { Cookie: cookie } });
    expect((await sealed.auth.validateRequest(visit)).headers.getSetCookie()).toEqual([]);
  });
});

describe("exportedObjects", () => {
  it.each([undefined, {}, { exports: undefined }, { exports: {} }, { exports: { LedgerObject: class {} } }])(
    "finds none in %o",
    (background) => {
      expect(exportedObjects(background)).toBeUndefined();
    },
  );

  it("finds the namespaces that wrangler declares", () => {
    const [LedgerObject, RateLimitObject] = [{ getByName: () => ({}) }, { getByName: () => ({}) }];
    expect(exportedObjects({ exports: { LedgerObject } })).toEqual({ ledger: LedgerObject });
    expect(exportedObjects({ exports: { LedgerObject, RateLimitObject } })).toEqual({
      ledger: LedgerObject,
      limits: RateLimitObject,
    });
    const SessionObject = { getByName: () => ({}) };
    expect(exportedObjects({ exports: { SessionObject } })).toEqual({ sessions: SessionObject });
  });
});

describe("undeclaredObjects", () => {
  it("names the classes that are exported and have no objects, and nothing that wrangler declares", () => {
    const declared = { getByName: () => ({}) };
    const exports = { LedgerObject: declared, SessionObject: class {}, Other: class {} };
    expect(undeclaredObjects({ exports }, {})).toEqual(["SessionObject"]);
    // Declared by another Worker and bound from there.
    expect(undeclaredObjects({ exports }, { AUTH_SESSIONS: declared })).toEqual([]);
    for (const background of [undefined, {}, { exports: {} }, { exports: { LedgerObject: declared } }]) {
      expect(undeclaredObjects(background, {})).toEqual([]);
    }
  });
});

function given(): Pick<WorkerAuthOptions, "provider" | "keyring"> {
  return {
    provider: workos({ clientId: "client_1234", apiKey: "sk_1234", redirectUri: "https://a.example/cb" }),
    keyring: parseSessionKeys(GOOD.SESSION_KEYS),
  };
}
