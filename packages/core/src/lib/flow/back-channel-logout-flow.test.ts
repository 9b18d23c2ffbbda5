import { describe, expect, inject, test } from "vitest";
import { Browser, ORIGIN, type TestAuth, testAuth } from "../../../test/auth-kit.js";
import { createPerson } from "../../../test/person.js";
import { base64url, randomBytes } from "../base/bytes.js";
import { oidc } from "../provider/oidc.js";
import { createLocalLedger } from "../session/local-ledger.js";
import { createRevocation } from "../session/revocation.js";
import { createMemoryRevocation } from "../testing/memory-revocation.js";
import { createMemorySessions } from "../testing/memory-sessions.js";
import { readToken } from "../token/read-token.js";
import { backChannelLogout } from "./back-channel-logout.js";
import { opaqueStore } from "./opaque-store.js";

/** Every provider there is, with sessions that lie in cookies and with sessions that lie in a store. */
const CASES = Object.entries(inject("openidProviders")).flatMap(([name, issuer]) => [
  { name, issuer, kept: "in cookies" as const },
  { name, issuer, kept: "in a store" as const },
]);

/** Somebody who has signed in at a real provider, which tells this app of log-outs. */
async function person(
  { issuer, kept }: Pick<(typeof CASES)[number], "issuer" | "kept">,
  clientId: "listener" | "listener-sid",
) {
  const clock = { later: 0 };
  const now = () => Math.floor(Date.now() / 1000) + clock.later;
  const who = `ada-${base64url(randomBytes(16))}`;
  const redirectUri = `${ORIGIN}/auth/callback`;
  const kit = testAuth({
    provider: oidc({ issuer, clientId, redirectUri, authorizationParameters: { prompt: "consent" }, now }),
    fetch: (input, init) => fetch(input, init),
    now,
    ledger: createLocalLedger({ now }),
    revocation: createRevocation({ store: createMemoryRevocation({ now }), whenDown: "closed" }),
    receivers: [backChannelLogout()],
    ...(kept === "in a store" && { store: opaqueStore({ home: createMemorySessions({ now }) }) }),
  });
  const browser = new Browser(kit);
  const there = createPerson(issuer);
  const login = await browser.send(`/auth/login?loginHint=${who}`);
  const back = (await there.visit(login.headers.get("Location") ?? "")) as URL;
  expect((await browser.send(`${back.pathname}${back.search}`)).status).toBe(303);
  return { kit, browser, there, who, clock };
}

/** Leaves the provider itself, as another app of its would have them do; what it sends us for that. */
async function leaveThere(
  { there, who }: Pick<Awaited<ReturnType<typeof person>>, "there" | "who">,
  issuer: string,
): Promise<string> {
  const page = await there.visit(`${issuer}/session/end`);
  const xsrf = /name="xsrf" value="(\w+)"/.exec(String(page))?.[1] ?? "";
  await there.visit(`${issuer}/session/end/confirm`, { xsrf, logout: "yes" });
  const caught = (await (await fetch(`${issuer}/caught`)).json()) as string[];
  const bodies = caught.filter((body) => {
    const [, claims = ""] = (new URLSearchParams(body).get("logout_token") ?? "").split(".");
    return atob(claims.replaceAll("-", "+").replaceAll("_", "/")).includes(`"${who}"`);
  });
  expect(bodies).toHaveLength(1);
  return bodies[0] ?? "";
}

async function deliver({ auth, background, settle }: TestAuth, body: string): Promise<Response | null> {
  const headers = { "Content-Type": "application/x-www-form-urlencoded" };
  const request = new Request(`${ORIGIN}/auth/backchannel-logout`, { method: "POST", headers, body });
  const response = await auth.handler(request, background);
  await settle();
  return response;
}

const visit = ({ auth }: TestAuth, browser: Browser) => auth.validateRequest(browser.request("/"));

describe.each(CASES)("back-channel log-out of a provider that signs with $name, sessions $kept", (where) => {
  const { issuer } = where;

  test.each(["listener", "listener-sid"] as const)(
    "OA-19 ends the session of the client %s, once",
    async (clientId) => {
      const one = await person(where, clientId);
      const { kit, browser } = one;
      const auth = await visit(kit, browser);
      if (auth.state !== "authenticated") throw new Error(auth.reason);
      expect(readToken(auth.accessToken)?.claims.sid !== undefined).toBe(clientId === "listener-sid");

      const body = await leaveThere(one, issuer);
      expect((await visit(kit, browser)).state).toBe("authenticated");
      const answer = await deliver(kit, body);
      expect([answer?.status, answer?.headers.get("Cache-Control")]).toEqual([200, "no-store"]);
      // A token that names the person alone ends all that lies in a store, where nothing is left to be refused.
      const isGone = where.kept === "in a store" && clientId === "listener";
      const reason = isGone ? "session_over" : "revoked";
      expect(await visit(kit, browser)).toMatchObject({ state: "anonymous", reason });

      const again = await deliver(kit, body);
      expect(again?.status).toBe(400);
      expect(kit.events.map(({ type, reason }) => [type, reason])).toContainEqual([
        "logout_token_rejected",
        "replayed",
      ]);
    },
  );

  test("OA-19 ends it after a refresh as well, and nobody else's", async () => {
    const one = await person(where, "listener-sid");
    const other = await person(where, "listener-sid");
    one.clock.later = 295;
    expect(await visit(one.kit, one.browser)).toMatchObject({ state: "authenticated", refreshed: true });
    one.clock.later = 0;
    const body = await leaveThere(one, issuer);
    expect((await deliver(one.kit, body))?.status).toBe(200);
    expect((await deliver(other.kit, body))?.status).toBe(200);
    expect((await visit(one.kit, one.browser)).state).toBe("anonymous");
    expect((await visit(other.kit, other.browser)).state).toBe("authenticated");
  });

  test("OA-19 a token for another client of the same provider is refused", async () => {
    const one = await person(where, "listener");
    const other = await person(where, "listener-sid");
    const body = await leaveThere(one, issuer);
    expect((await deliver(other.kit, body))?.status).toBe(400);
    expect(other.kit.events.map(({ type, reason }) => [type, reason])).toContainEqual([
      "logout_token_rejected",
      "recipient_mismatch",
    ]);
  });
});

test.each(CASES.filter(({ kept }) => kept === "in a store"))(
  "OA-19 and MB-06 at a provider that signs with $name each of two devices is renewed by itself, one is ended from the list, the other by the provider",
  async (where) => {
    const { issuer } = where;
    const one = await person(where, "listener-sid");
    const { kit, clock, there } = one;
    const second = new Browser(kit);
    const login = await second.send(`/auth/login?loginHint=${one.who}`);
    const back = (await there.visit(login.headers.get("Location") ?? "")) as URL;
    expect((await second.send(`${back.pathname}${back.search}`)).status).toBe(303);
    clock.later = 295;
    for (const browser of [one.browser, second]) await visit(kit, browser);
    await kit.settle();
    expect(kit.events.filter(({ type }) => type === "token_refresh")).toHaveLength(2);
    clock.later = 0;

    const listed = async () => {
      const list = await kit.auth.sessions(second.request("/"), kit.background);
      return list.ok ? list.sessions : [];
    };
    const [first] = (await listed()).filter(({ current }) => !current);
    await kit.auth.endSession(second.request("/"), first?.id ?? "", kit.background);
    expect((await visit(kit, one.browser)).state).toBe("anonymous");
    expect((await visit(kit, second)).state).toBe("authenticated");
    expect(await listed()).toHaveLength(1);

    expect((await deliver(kit, await leaveThere(one, issuer)))?.status).toBe(200);
    expect((await visit(kit, second)).state).toBe("anonymous");
  },
);
