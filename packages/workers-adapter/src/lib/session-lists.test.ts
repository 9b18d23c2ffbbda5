import { exports } from "cloudflare:workers";
import { type Auth, createAuth, type DeviceSession, generateSessionKeys, parseSessionKeys } from "@edgeseal/core";
import { deviceLabel } from "@edgeseal/core/devices";
import { workos } from "@edgeseal/core/providers/workos";
import { opaqueStore } from "@edgeseal/core/store";
import { createTestProvider, type TestPerson } from "@edgeseal/core/testing";
import { expect, test } from "vitest";
import { auditClient } from "./audit-client.js";

const ORIGIN = "https://app.example.com";
const CLIENT_ID = "client_01TESTTESTTEST";
const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0";

/** Isolates of one deployment, with the real objects behind them. */
function deployment() {
  const keys = generateSessionKeys();
  const provider = createTestProvider({ as: { workos: { clientId: CLIENT_ID } }, sessionKeys: keys });
  const isolate = (): Auth =>
    createAuth({
      keyring: parseSessionKeys(keys),
      provider: workos({
        clientId: CLIENT_ID,
        apiKey: "sk_test_0123456789abcdef",
        redirectUri: `${ORIGIN}/auth/callback`,
        fetch: provider.fetch,
      }),
      fetch: provider.fetch,
      ledger: exports.LedgerObject,
      store: opaqueStore({ home: exports.SessionsFromEnv, deviceLabel }),
      auditClient,
    });

  /** Somebody who was signed in under a sealed cookie; the answer to their first request has the new one. */
  async function enter(auth: Auth, person: TestPerson, headers: Record<string, string> = {}): Promise<string> {
    const Cookie = await provider.cookieFor(person);
    const answer = await ask(auth, "/auth/me", Cookie, "GET", headers);
    const [line = ""] = answer.headers.getSetCookie().filter((one) => one.includes("=eo1."));
    return line.split(";", 1)[0] ?? "";
  }
  return { provider, isolate, enter };
}

async function ask(auth: Auth, path: string, Cookie: string, method = "GET", headers: Record<string, string> = {}) {
  const answer = await auth.handler(
    new Request(ORIGIN + path, { method, headers: { Cookie, "Sec-Fetch-Site": "same-origin", ...headers } }),
  );
  if (answer === null) throw new Error(`${path} is not a route`);
  return answer;
}

async function list(auth: Auth, cookie: string): Promise<DeviceSession[]> {
  return (await (await ask(auth, "/auth/sessions", cookie)).json<{ sessions: DeviceSession[] }>()).sessions;
}

const stateOf = async (auth: Auth, cookie: string) =>
  (await (await ask(auth, "/auth/me", cookie)).json<{ state: string }>()).state;

test("MB-06 with real objects: a person sees their devices from everywhere, and one that is ended is refused at once", async () => {
  const { isolate, enter } = deployment();
  const [here, there] = [isolate(), isolate()];
  const person = { user: { id: "user_of_lists" } };
  const mine = await enter(here, person, { "User-Agent": FIREFOX, "CF-Connecting-IP": "192.0.2.1" });
  // Who says nothing of themselves is let in all the same.
  const lost = await enter(there, person);
  const listed = await list(here, mine);
  expect(listed).toHaveLength(2);
  expect(listed.find(({ current }) => current)).toMatchObject({
    device: "Firefox on Linux",
    userAgent: FIREFOX,
    ipAddress: "192.0.2.1",
  });
  const other = listed.find(({ current }) => !current);
  expect(other).not.toHaveProperty("userAgent");
  expect(await stateOf(there, lost)).toBe("authenticated");
  expect((await ask(here, `/auth/sessions/${other?.id}`, mine, "DELETE")).status).toBe(204);
  expect(await stateOf(there, lost)).toBe("anonymous");
  expect(await list(there, mine)).toHaveLength(1);
  expect((await ask(here, `/auth/sessions/${other?.id}`, mine, "DELETE")).status).toBe(404);
});

test("MB-06 with real objects: all others, then this one; a sealed cookie of before brings none of them back", async () => {
  const { provider, isolate, enter } = deployment();
  const [here, there] = [isolate(), isolate()];
  const person = { user: { id: "user_who_leaves" } };
  const mine = await enter(here, person);
  const sealed = await provider.cookieFor(person);
  expect(await stateOf(there, sealed)).toBe("authenticated");
  const asleep = await provider.cookieFor(person);
  // Its second begins: an ending spares who signs in within its own.
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  const answer = await ask(here, "/auth/sessions", mine, "DELETE");
  expect(await answer.json()).toEqual({ ended: 1 });
  expect(await stateOf(there, sealed)).toBe("anonymous");
  expect(await stateOf(isolate(), asleep)).toBe("anonymous");
  expect(await stateOf(there, mine)).toBe("authenticated");
  const last = await ask(here, "/auth/sessions?all=true", mine, "DELETE");
  expect(await last.json()).toEqual({ ended: 1 });
  expect(last.headers.getSetCookie().some((line) => line.includes("Max-Age=0"))).toBe(true);
  expect(await stateOf(there, mine)).toBe("anonymous");
});

test("the longest record there can be lies in an object", async () => {
  const stub = exports.SessionsFromEnv.getByName("somebody with many claims");
  const now = Math.floor(Date.now() / 1000);
  const facts = { key: "k", name: "n", generation: 0, createdAt: now, expiresAt: now + 60, endsAt: now + 60 };
  expect(await stub.save({ ...facts, sealed: "s".repeat(65_536) })).toMatchObject({ state: "saved" });
  expect(await stub.load("k")).toMatchObject({ state: "found", name: "n" });
});
