import { describe, expect, test } from "vitest";
import { asked, Browser, ORIGIN, START } from "../../../test/auth-kit.js";
import { countHome } from "../../../test/counted-home.js";
import { bearer, type NativeKit, nativeKit } from "../../../test/native-kit.js";
import { opaqueStore } from "../flow/opaque-store.js";
import { generateSessionKeys } from "../seal/generate-session-keys.js";
import { parseSessionKeys } from "../seal/parse-session-keys.js";
import { createMemorySessions } from "../testing/memory-sessions.js";

function visit(kit: NativeKit, Authorization: string) {
  return kit.auth.validateRequest(new Request(`${ORIGIN}/x`, { headers: { Authorization } }), kit.background);
}

function storedKit(): NativeKit {
  return nativeKit({ store: opaqueStore({ home: createMemorySessions({ now: () => START }) }) });
}

describe("a program's session in a store", () => {
  test("MB-03 a cookie's id opens in no header, and a header's in no cookie", async () => {
    const kit = storedKit();
    const session = await kit.signIn();
    expect(session).toMatch(/^eh1\.[\w-]{43}\.[\w-]{43}$/);
    const browser = new Browser(kit);
    await browser.signIn();
    const [name = ""] = browser.named("__Host-session");
    const cookie = browser.jar.get(name) ?? "";
    expect(cookie).toMatch(/^eo1\./);
    expect(await visit(kit, `Bearer ${cookie}`)).toMatchObject({ state: "anonymous" });
    const me = await kit.call("/auth/me", { headers: { Cookie: `__Host-session=${session}` } });
    expect(await me.json()).toEqual({ state: "anonymous" });
  });

  test("its text stays as it is when its tokens are renewed", async () => {
    const kit = storedKit();
    const session = await kit.signIn();
    kit.clock.now += 301;
    const visitor = await visit(kit, `Bearer ${session}`);
    await kit.settle();
    expect(visitor).toMatchObject({ state: "authenticated", credential: "header" });
    expect(visitor.headers.has("Edgeseal-Session")).toBe(false);
    expect(asked(kit, "refresh")).toHaveLength(1);
  });

  test("MB-06 after a log-out the next request is refused", async () => {
    const kit = storedKit();
    const session = await kit.signIn();
    await kit.call("/auth/logout", { method: "POST", ...bearer(session) });
    await kit.settle();
    expect(await visit(kit, `Bearer ${session}`)).toMatchObject({ state: "anonymous", reason: "session_over" });
  });

  test("MB-06 a person's devices: a program and a browser are listed, and one ends the other", async () => {
    const kit = storedKit();
    const session = await kit.signIn();
    const browser = new Browser(kit);
    kit.answers.exchange = () => kit.tokens({ sid: "sid_2" });
    await browser.signIn();
    const list = await (await kit.call("/auth/sessions", bearer(session))).json();
    expect(list.sessions.map(({ current }: { current: boolean }) => current).sort()).toEqual([false, true]);
    const other = list.sessions.find(({ current }: { current: boolean }) => !current);
    const ended = await kit.call(`/auth/sessions/${other.id}`, { method: "DELETE", ...bearer(session) });
    expect(ended.status).toBe(204);
    expect(await (await browser.send("/auth/me")).json()).toEqual({ state: "anonymous" });
    expect(await visit(kit, `Bearer ${session}`)).toMatchObject({ state: "authenticated" });
    const all = await kit.call("/auth/sessions?all=true", { method: "DELETE", ...bearer(session) });
    expect(all.status).toBe(200);
    expect(all.headers.getSetCookie()).toEqual([]);
    expect(all.headers.get("Vary")?.split(/, */)).toContain("Authorization");
    await kit.settle();
    expect(await visit(kit, `Bearer ${session}`)).toMatchObject({ state: "anonymous" });
  });

  test("a program that ended its own session is refused as a program: with a challenge, and no way to a cookie", async () => {
    const kit = storedKit();
    const session = await kit.signIn();
    const request = new Request(`${ORIGIN}/x`, bearer(session));
    const { auth } = await kit.auth.endSessions(request, { except: "none" }, kit.background);
    await kit.settle();
    if (auth.state !== "anonymous") throw new Error(auth.state);
    const denied = auth.deny();
    expect([denied.status, denied.headers.get("WWW-Authenticate")]).toEqual([401, 'Bearer error="invalid_token"']);
    expect(await denied.json()).toEqual({ error: "unauthenticated" });
  });

  test.each([
    ["a list", "list", {}],
    ["an ending", "end", { method: "DELETE" }],
  ] as const)(
    "a store that fails at %s does not keep a program from the new text of its session",
    async (_, call, init) => {
      const keyring = parseSessionKeys(generateSessionKeys());
      const sealed = await nativeKit({ keyring }).signIn();
      const home = countHome(createMemorySessions({ now: () => START }));
      const kit = nativeKit({ keyring, store: opaqueStore({ home }) });
      home.fault(call, "fail", 9);
      const answer = await kit.call("/auth/sessions", { ...init, ...bearer(sealed) });
      await kit.settle();
      expect([answer.status, await answer.json()]).toEqual([503, { error: "unavailable" }]);
      expect(answer.headers.getSetCookie()).toEqual([]);
      const next = answer.headers.get("Edgeseal-Session") ?? "";
      expect(next).toMatch(/^eh1\./);
      expect(await visit(kit, `Bearer ${next}`)).toMatchObject({ state: "authenticated" });
    },
  );

  test("a sealed one moves in, and its program is told", async () => {
    const keyring = parseSessionKeys(generateSessionKeys());
    const sealed = await nativeKit({ keyring }).signIn();
    const kit = nativeKit({ keyring, store: opaqueStore({ home: createMemorySessions({ now: () => START }) }) });
    const visitor = await visit(kit, `Bearer ${sealed}`);
    expect(visitor).toMatchObject({ state: "authenticated" });
    const next = visitor.headers.get("Edgeseal-Session") ?? "";
    expect(next).toMatch(/^eh1\./);
    expect(await visit(kit, `Bearer ${next}`)).toMatchObject({ state: "authenticated" });
  });
});
