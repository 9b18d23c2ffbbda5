import {
  createExecutionContext,
  evictDurableObject,
  runDurableObjectAlarm,
  runInDurableObject,
  waitOnExecutionContext,
} from "cloudflare:test";
import { exports } from "cloudflare:workers";
import { createAuth, generateSessionKeys, parseSessionKeys } from "@edgeseal/core";
import { workos } from "@edgeseal/core/providers/workos";
import { createRevocation, workosEvents } from "@edgeseal/core/revocation";
import { createTestProvider } from "@edgeseal/core/testing";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { rejection, storedIn } from "../../test/durable-object.js";
import type { RevocationObject } from "./revocation-object.js";
import { withAuth } from "./with-auth.js";

const T0 = 1_800_000_000;
const DAY = 86_400;

let count = 0;
let stub: DurableObjectStub<RevocationObject>;

/** Only the clock is moved: the object shares it. */
function at(seconds: number): void {
  vi.setSystemTime(seconds * 1000);
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  at(T0);
  stub = exports.RevocationObject.getByName(`person-${count++}`);
});
afterEach(() => {
  vi.useRealTimers();
});

const stored = () => storedIn(stub, "ended", "mark");

describe("RevocationObject", () => {
  it("refuses what no caller of ours sends, and stores nothing for it", async () => {
    const calls: readonly Promise<unknown>[] = [
      stub.ended([]),
      stub.ended(Array<string>(17).fill("all")),
      stub.ended([""]),
      stub.ended(["x".repeat(129)]),
      stub.end("", T0, T0 + DAY),
      stub.end("all", -1, T0 + DAY),
      stub.end("all", T0 + 0.5, T0 + DAY),
      stub.end("all", T0, 2 ** 32),
      stub.end("all", Number.NaN, T0 + DAY),
    ];
    for (const call of calls) expect(await rejection(call)).toContain("missing or out of range");
    expect(await stored()).toEqual({ rows: [], alarm: null });
  });

  it("stores nothing for questions alone", async () => {
    expect(await stub.ended(["all", "session:x"])).toEqual({});
    expect(await stored()).toEqual({ rows: [], alarm: null });
  });

  it("MB-06 what was ended is seen by the very next question, also after an eviction", async () => {
    await stub.end("session:x", T0 - 5, T0 + DAY);
    expect(await stub.ended(["all", "session:x"])).toEqual({ "session:x": T0 - 5 });
    await evictDurableObject(stub);
    expect(await stub.ended(["all", "session:x"])).toEqual({ "session:x": T0 - 5 });
  });

  it("a moment never moves back, of any number of endings at once", async () => {
    await Promise.all([T0 - 1, T0, T0 - 2].map((since) => stub.end("all", since, since + DAY)));
    expect(await stub.ended(["all"])).toEqual({ all: T0 });
    expect((await stored()).rows).toEqual([{ mark: "all", since: T0, forget_at: T0 + DAY }]);
  });

  it("one alarm forgets each ending in its time, and at last everything", async () => {
    await stub.end("all", T0, T0 + 10 * DAY);
    await stub.end("session:x", T0, T0 + DAY);
    await stub.end("session:y", T0, T0 + 5);
    expect((await stored()).alarm).toBe((T0 + 60) * 1000);
    at(T0 + 61);
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect((await stored()).alarm).toBe((T0 + DAY) * 1000);
    // Not told any more from its own moment on, whenever the alarm comes.
    at(T0 + DAY);
    expect(await stub.ended(["session:x", "all"])).toEqual({ all: T0 });
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect((await stored()).rows).toEqual([{ mark: "all", since: T0, forget_at: T0 + 10 * DAY }]);
    at(T0 + 10 * DAY);
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect(await stored()).toEqual({ rows: [], alarm: null });
    // It can be used again.
    await stub.end("all", T0, T0 + 11 * DAY);
    expect(await stub.ended(["all"])).toEqual({ all: T0 });
  });

  it("rejects when storage does, and goes on when storage is back", async () => {
    await stub.end("all", T0, T0 + DAY);
    await runInDurableObject(stub, (_object, { storage }) => {
      storage.sql.exec("CREATE TRIGGER full BEFORE INSERT ON ended BEGIN SELECT RAISE(ABORT, 'disk is full'); END");
    });
    expect(await rejection(stub.end("session:x", T0, T0 + DAY))).toContain("disk is full");
    await runInDurableObject(stub, (_object, { storage }) => {
      storage.sql.exec("DROP TRIGGER full");
    });
    await stub.end("session:x", T0, T0 + DAY);
    expect(await stub.ended(["session:x"])).toEqual({ "session:x": T0 });
  });

  it("1,000 endings of one person: a question reads only what it asks for", async () => {
    await runInDurableObject(stub, async (object: RevocationObject) => {
      for (let i = 0; i < 1_000; i++) await object.end(`session:${i}`, T0, T0 + DAY);
    });
    const read = await runInDurableObject(stub, (_object, { storage }) => {
      const query = "SELECT * FROM ended WHERE forget_at > ? AND mark IN (?, ?)";
      const cursor = storage.sql.exec(query, T0, "session:7", "all");
      cursor.toArray();
      return cursor.rowsRead;
    });
    expect(read).toBeLessThanOrEqual(4);
  });
});

it("MB-06 withAuth: a webhook of WorkOS ends the session of the next request, in front of every guard", async () => {
  const sessionKeys = generateSessionKeys();
  const clientId = "client_01TESTTESTTEST";
  const provider = createTestProvider({ as: { workos: { clientId } }, sessionKeys });
  const secret = "4Nn4FvcFxJpXvqsJ6B5lx5DgT";
  const worker = withAuth(
    () => ({
      revocation: createRevocation({ store: exports.RevocationObject, whenDown: "closed" }),
      receivers: [workosEvents({ secret })],
      fetch: provider.fetch,
    }),
    { fetch: (_request, _env, _ctx, auth) => Response.json({ user: auth.user.id }) },
  );
  const env = {
    SESSION_KEYS: sessionKeys,
    WORKOS_CLIENT_ID: clientId,
    WORKOS_API_KEY: "sk_test_0123456789abcdef",
    WORKOS_REDIRECT_URI: "https://app.example.com/auth/callback",
  } as unknown as Cloudflare.Env;
  const ask = async (path: string, init: RequestInit<IncomingRequestCfProperties>): Promise<Response> => {
    const ctx = createExecutionContext();
    const request = new Request<unknown, IncomingRequestCfProperties>(`https://app.example.com${path}`, init);
    const response = await worker.fetch(request, env, ctx);
    await waitOnExecutionContext(ctx);
    return response;
  };
  const headers = { Cookie: await provider.cookieFor({ user: { id: "user_9" } }) };
  expect(await (await ask("/", { headers })).json()).toEqual({ user: "user_9" });

  const body = JSON.stringify({ id: "event_1", event: "user.deleted", data: { id: "user_9" } });
  const text = new TextEncoder();
  const key = await crypto.subtle.importKey("raw", text.encode(secret), { name: "HMAC", hash: "SHA-256" }, false, [
    "sign",
  ]);
  const bytes = new Uint8Array(await crypto.subtle.sign("HMAC", key, text.encode(`${T0 * 1000}.${body}`)));
  const signature = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const delivery = { method: "POST", headers: { "WorkOS-Signature": `t=${T0 * 1000}, v1=${signature}` }, body };
  expect((await ask("/auth/webhooks/workos", delivery)).status).toBe(200);
  const refused = await ask("/", { headers });
  expect(refused.status).toBe(401);
  expect(refused.headers.getSetCookie()).toEqual([
    "__Host-session=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax",
  ]);
});

describe("MB-06, CR-10 with the real object", () => {
  const sessionKeys = generateSessionKeys();
  const clientId = "client_01TESTTESTTEST";
  const provider = createTestProvider({ as: { workos: { clientId } }, sessionKeys });

  /** One isolate of a deployment: what it remembers is its own, the objects are everybody's. */
  const isolate = () =>
    createAuth({
      keyring: parseSessionKeys(sessionKeys),
      provider: workos({
        clientId,
        apiKey: "sk_test_0123456789abcdef",
        redirectUri: "https://app.example.com/auth/callback",
        fetch: provider.fetch,
      }),
      fetch: provider.fetch,
      ledger: exports.LedgerObject,
      revocation: createRevocation({ store: exports.RevocationObject, whenDown: "closed" }),
    });

  it("what one isolate ends is refused by another one at its next request, however warm it is", async () => {
    const [here, there] = [isolate(), isolate()];
    const ends: readonly ((cookie: string, userId: string) => Promise<unknown>)[] = [
      (_, userId) => here.revoke({ kind: "user", userId }),
      (cookie) =>
        here.logout(
          new Request("https://app.example.com/auth/logout", { method: "POST", headers: { Cookie: cookie } }),
        ),
    ];
    for (const [at, end] of ends.entries()) {
      const userId = `user_${at}`;
      const cookie = await provider.cookieFor({ user: { id: userId } });
      const request = () => new Request("https://app.example.com/", { headers: { Cookie: cookie } });
      for (const { validateRequest } of [here, there, there]) {
        expect((await validateRequest(request())).state).toBe("authenticated");
      }
      await end(cookie, userId);
      for (const { validateRequest } of [there, here]) {
        expect(await validateRequest(request())).toMatchObject({ state: "anonymous", reason: "revoked" });
      }
    }
  });
});
