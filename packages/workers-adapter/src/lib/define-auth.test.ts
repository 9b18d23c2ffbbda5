import { createExecutionContext } from "cloudflare:test";
import { parseSessionKeys } from "@edgeseal/core";
import { describe, expect, it, vi } from "vitest";
import { createScriptedProvider } from "../../test/scripted-provider.js";
import { signIn, variablesFor } from "../../test/visitors.js";
import { defineAuth } from "./define-auth.js";

const provider = createScriptedProvider();
const env = variablesFor(provider);
const { fetch } = provider;
const request = (cookie = "") => new Request("https://app.example/", { headers: { Cookie: cookie } });
/** A `ctx` as every runtime has it: without `exports`, so without a ledger. */
const plainContext = () => ({ waitUntil: () => undefined });

describe("defineAuth", () => {
  it("asks `configure` once per env, also when a framework copies the env for each request", async () => {
    const configure = vi.fn(() => ({ fetch }));
    const authFor = defineAuth<typeof env>(configure);
    for (let visit = 0; visit < 5; visit++)
      await authFor({ ...env }).validateRequest(request(), createExecutionContext());
    await authFor({ ...env, SESSION_KEYS: variablesFor(provider).SESSION_KEYS }).validateRequest(request());
    expect(configure).toHaveBeenCalledTimes(2);
  });

  it("asks nothing before the first call", () => {
    const configure = vi.fn(() => ({ fetch }));
    defineAuth<typeof env>(configure)(env);
    expect(configure).not.toHaveBeenCalled();
  });

  it("first requests that come together get one auth: one look at the provider's keys serves both", async () => {
    const { cookie } = await signIn(provider, env);
    provider.resetCalls();
    const authFor = defineAuth<typeof env>(async () => ({ fetch }));
    await Promise.all([1, 2, 3].map(() => authFor(env).handler(request(), plainContext())));
    for (let visit = 0; visit < 3; visit++) {
      expect(await authFor(env).validateRequest(request(cookie), plainContext())).toMatchObject({
        state: "authenticated",
      });
    }
    expect(provider.calls.jwks).toBe(1);
  });

  it("refuses in a router what `withAuth` alone can keep: a guard that nobody asks would leave its route open", async () => {
    const guarded = defineAuth<typeof env>(() => ({
      fetch,
      identityHeaders: true,
      guards: { "/admin/*": { role: "admin" } },
    }));
    await expect(guarded(env).handler(request(), plainContext())).rejects.toMatchObject({
      code: "config_invalid",
      problems: [expect.stringContaining("`guards`"), expect.stringContaining("`identityHeaders`")],
    });
    // Code beside `withAuth` asks by the same `authFor` who a visitor is.
    expect(await guarded(env).validateRequest(request(), plainContext())).toMatchObject({ reason: "no_credential" });
  });

  it("says once that a class is exported and not declared: sessions would stay in their cookies unseen", async () => {
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    const background = {
      ...plainContext(),
      exports: { LedgerObject: { getByName: () => ({}) }, SessionObject: class {} },
    };
    for (let isolate = 0; isolate < 2; isolate++) {
      const authFor = defineAuth<typeof env>(() => ({ fetch }));
      expect(await authFor({ ...env }).validateRequest(request(), background)).toMatchObject({
        reason: "no_credential",
      });
    }
    const told = warn.mock.calls.flat().filter((line) => String(line).includes("SessionObject"));
    expect(told).toEqual([expect.stringContaining("SessionObject is exported, but")]);
    warn.mockRestore();
  });

  it("keeps no failure: a secret that could not be read is read again by the next request", async () => {
    const read = vi.fn(async () => env.SESSION_KEYS);
    read.mockRejectedValueOnce(new Error("the store is down"));
    const authFor = defineAuth<typeof env>(async () => ({ fetch, keyring: parseSessionKeys(await read()) }));
    await expect(authFor(env).validateRequest(request(), plainContext())).rejects.toThrow("the store is down");
    expect(await authFor(env).validateRequest(request(), plainContext())).toMatchObject({ reason: "no_credential" });
  });

  it("never hangs on a `configure` whose request has ended", async () => {
    let calls = 0;
    const authFor = defineAuth<typeof env>(() => (++calls === 1 ? new Promise(() => undefined) : { fetch }));
    void authFor(env).validateRequest(request(), plainContext());
    expect(await authFor(env).validateRequest(request(), plainContext())).toMatchObject({ state: "anonymous" });
  });

  it("rejects with config_invalid, each time, for what cannot work", async () => {
    const authFor = defineAuth(() => ({ fetch }));
    for (let visit = 0; visit < 2; visit++) {
      await expect(authFor({} as never).validateRequest(request())).rejects.toMatchObject({ code: "config_invalid" });
    }
  });

  it("takes the ledger from the first ctx that shows one, also after a call without", async () => {
    const authFor = defineAuth<typeof env>(() => ({ fetch }));
    const missing = async () => (await authFor(env).describe()).missing.join("\n");
    expect(await missing()).toContain("No ledger");
    await authFor(env).validateRequest(request(), createExecutionContext());
    expect(await missing()).not.toContain("No ledger");
    await authFor(env).validateRequest(request(), plainContext());
    expect(await missing()).not.toContain("No ledger");
  });

  it("CF-03 two auths of one Worker do not open each other's sessions", async () => {
    const live = defineAuth<typeof env>(() => ({ fetch, realm: "production" }));
    const preview = defineAuth<typeof env>(() => ({ fetch, realm: "preview:pr-12" }));
    const { cookie } = await signIn(provider, env, { realm: "production" });
    expect(await live(env).validateRequest(request(cookie), plainContext())).toMatchObject({ state: "authenticated" });
    const other = await preview(env).validateRequest(request(cookie), plainContext());
    expect(other).toMatchObject({ state: "anonymous", reason: "tampered" });
    expect(other.headers.getSetCookie()).toEqual([]);
  });
});
