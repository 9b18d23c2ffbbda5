import { WorkOS } from "@workos-inc/node";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ORIGIN, START, type TestAuth, testAuth } from "../../../test/auth-kit.js";
import {
  type AuthKitOptions,
  expectRefused as expectRejection,
  person as personOf,
  post,
  revocable,
  stateOf as state,
} from "../../../test/receiver-kit.js";
import { utf8 } from "../base/bytes.js";
import type { RevocationStore } from "../base/ports.js";
import { createRevocation } from "../session/revocation.js";
import { workosEvents } from "./workos-events.js";
import { readSignatureHeader } from "./workos-signature.js";

const SECRET = "4Nn4FvcFxJpXvqsJ6B5lx5DgT";
const OLDER = "9Pq2WzcLxTmXbwrK8C7ny3EhV";

function listening(more: AuthKitOptions = {}): AuthKitOptions {
  return { providerName: "workos", ...revocable(), receivers: [workosEvents({ secret: SECRET })], ...more };
}

const person = (more: AuthKitOptions = {}) => personOf(listening(more));

async function signatureOf(body: string, { secret = SECRET, at = START + 5 } = {}): Promise<string> {
  const key = await crypto.subtle.importKey("raw", utf8(secret), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const bytes = new Uint8Array(await crypto.subtle.sign("HMAC", key, utf8(`${at * 1000}.${body}`)));
  return `t=${at * 1000}, v1=${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

const event = (type: string, data: object, more: object = {}): string =>
  JSON.stringify({ id: "event_1", event: type, data, created_at: "2027-01-15T08:00:02.000Z", context: {}, ...more });

const REVOKED = event("session.revoked", { object: "session", id: "sid_1", user_id: "user_1", organization_id: null });

function send(kit: TestAuth, body: string | Uint8Array<ArrayBuffer>, signature: string | null): Promise<Response> {
  const request = new Request(`${ORIGIN}/auth/webhooks/workos`, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...(signature !== null && { "WorkOS-Signature": signature }) },
    body,
  });
  return post(kit, request);
}

const deliver = async (kit: TestAuth, body: string, how: { secret?: string; at?: number } = {}) =>
  send(kit, body, await signatureOf(body, how));
const expectRefused = (kit: TestAuth, response: Response, reason: string) =>
  expectRejection(kit, response, "webhook_rejected", reason);

describe("a delivery that is refused", () => {
  test.each([
    ["none", null],
    ["an empty one", ""],
    ["no time", `v1=${"0".repeat(64)}`],
    ["a short one", `t=${START * 1000}, v1=${"0".repeat(62)}`],
    ["one in capitals", `t=${START * 1000}, v1=${"A".repeat(64)}`],
    ["two times", `t=${START * 1000}, t=${START * 1000}, v1=${"0".repeat(64)}`],
    ["a very long one", `t=${START * 1000}, v1=${"0".repeat(64)}, v2=${"0".repeat(4_000)}`],
  ])("for its signature: %s", async (_, signature) => {
    const { kit, browser } = await person();
    await expectRefused(kit, await send(kit, REVOKED, signature), "signature_missing");
    expect(await state(kit, browser)).toBe("authenticated");
  });

  test("for a signature of another secret, over another body, or over another time", async () => {
    const forged = await signatureOf(REVOKED, { secret: "x".repeat(25) });
    const own = await signatureOf(REVOKED);
    const attempts: readonly [string, string][] = [
      [REVOKED, forged],
      [REVOKED.replace("sid_1", "sid_2"), own],
      [`${REVOKED} `, own],
      [REVOKED, own.replace(`t=${START + 5}`, `t=${START + 6}`)],
    ];
    for (const [body, signature] of attempts) {
      const { kit, browser } = await person();
      await expectRefused(kit, await send(kit, body, signature), "signature_invalid");
      expect(await state(kit, browser)).toBe("authenticated");
    }
  });

  test.each([-181, 181])("because it was signed %d seconds from now", async (distance) => {
    const { kit, browser } = await person();
    await expectRefused(kit, await deliver(kit, REVOKED, { at: START + 5 + distance }), "outside_tolerance");
    expect(await state(kit, browser)).toBe("authenticated");
  });

  test("because its body is larger than any event", async () => {
    const { kit } = await person();
    await expectRefused(kit, await deliver(kit, " ".repeat(65_537)), "body_too_large");
  });

  test.each([
    ["no JSON", "{"],
    ["no object", "[]"],
    ["no id", event("session.revoked", {})],
    ["an id that is no text", event("user.deleted", { id: 7 })],
    ["no data", JSON.stringify({ event: "user.deleted" })],
    ["an id no text can be", event("user.deleted", { id: "\ud800" })],
    ["no organisation", event("organization_membership.deleted", { user_id: "user_1" })],
    ["an empty organisation", event("organization.deleted", { id: "" })],
  ])("although it is signed: %s", async (_, body) => {
    const { kit } = await person();
    await expectRefused(kit, await deliver(kit, body), "event_malformed");
  });

  test("although it is signed: bytes that are no text", async () => {
    const { kit } = await person();
    const body = Uint8Array.of(0x7b, 0xff, 0x7d);
    const key = await crypto.subtle.importKey("raw", utf8(SECRET), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    const signed = new Uint8Array([...utf8(`${(START + 5) * 1000}.`), ...body]);
    const bytes = new Uint8Array(await crypto.subtle.sign("HMAC", key, signed));
    const hexadecimal = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    await expectRefused(kit, await send(kit, body, `t=${(START + 5) * 1000}, v1=${hexadecimal}`), "event_malformed");
  });

  test("no text is a header but one of its form", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^t=\d{8,17}, ?v1=[0-9a-f]{60,68}$/)), (text) => {
        const read = readSignatureHeader(text);
        if (read !== null) expect(text).toMatch(/^t=\d{10,15}\s*,\s*v1=[0-9a-f]{64}/);
        if (read !== null) expect(read.signature).toHaveLength(32);
      }),
    );
  });
});

describe("a delivery that is accepted", () => {
  const inOrganization = async (more: AuthKitOptions = {}) => {
    const visitor = await person(more);
    visitor.kit.answers.refresh = () => visitor.kit.tokens({ org_id: "org_1", iat: START });
    await visitor.browser.send("/auth/switch-org", { json: { organizationId: "org_1" } });
    visitor.kit.events.length = 0;
    return visitor;
  };

  test.each([
    ["session.revoked", { id: "sid_1", user_id: "user_1" }],
    ["user.deleted", { object: "user", id: "user_1" }],
    ["organization_membership.deleted", { user_id: "user_1", organization_id: "org_1", status: "active" }],
    ["organization_membership.updated", { user_id: "user_1", organization_id: "org_1", status: "inactive" }],
    ["organization.deleted", { id: "org_1" }],
  ])("%s ends the sessions it is about", async (type, data) => {
    const { kit, browser } = await inOrganization();
    const response = await deliver(kit, event(type, data));
    expect(response.status).toBe(200);
    expect(response.headers.get("Cache-Control")).toBe("no-store");
    expect(await response.text()).toBe("");
    expect(kit.events).toMatchObject([{ type: "sessions_revoked", reason: "workos_event" }]);
    const answer = await kit.auth.validateRequest(browser.request("/"));
    expect(answer).toMatchObject({ state: "anonymous", reason: "revoked" });
    expect(answer.headers.getSetCookie()).toHaveLength(1);
  });

  test.each([
    ["session.revoked", { id: "sid_2", user_id: "user_1" }],
    ["session.created", { id: "sid_1", user_id: "user_1" }],
    ["user.deleted", { id: "user_2" }],
    ["user.updated", { id: "user_1" }],
    ["organization_membership.deleted", { user_id: "user_1", organization_id: "org_2" }],
    ["organization_membership.deleted", { user_id: "user_2", organization_id: "org_1" }],
    ["organization_membership.updated", { user_id: "user_1", organization_id: "org_1", status: "active" }],
    ["organization.deleted", { id: "org_2" }],
    ["dsync.user.deleted", { id: "user_1" }],
  ])("%s about somebody or something else ends nothing here", async (type, data) => {
    const { kit, browser } = await inOrganization();
    expect((await deliver(kit, event(type, data))).status).toBe(200);
    expect(await state(kit, browser)).toBe("authenticated");
  });

  test("again, by WorkOS or by somebody who kept it: ends nothing that began since", async () => {
    const { kit, browser } = await inOrganization();
    const removed = event("organization_membership.deleted", { user_id: "user_1", organization_id: "org_1" });
    await deliver(kit, removed);
    expect(await state(kit, browser)).toBe("anonymous");
    // Let in again, by another session and the tokens of after that.
    kit.clock.now += 60;
    kit.answers.exchange = () => kit.tokens({ org_id: "org_1", sid: "sid_2" });
    await browser.signIn();
    for (const body of [removed, REVOKED]) {
      expect((await deliver(kit, body)).status).toBe(200);
      expect(await state(kit, browser)).toBe("authenticated");
    }
  });

  test("under either secret, while one replaces the other", async () => {
    for (const secret of [SECRET, OLDER]) {
      const { kit, browser } = await person({ receivers: [workosEvents({ secret: [SECRET, OLDER] })] });
      expect((await deliver(kit, REVOKED, { secret })).status).toBe(200);
      expect(await state(kit, browser)).toBe("anonymous");
    }
  });

  test("is signed as WorkOS's own SDK signs and checks", async () => {
    const { webhooks } = new WorkOS("sk_test_1", { clientId: "client_1" });
    const at = Math.floor(Date.now() / 1000);
    const sigHeader = await signatureOf(REVOKED, { at });
    // The SDK writes the payload anew from an object, so its text is what both sign.
    const payload = JSON.parse(REVOKED) as Record<string, unknown>;
    expect(await webhooks.verifyHeader({ payload, sigHeader, secret: SECRET })).toBe(true);
  });

  test("a store that cannot record it is 503, so that it is delivered again", async () => {
    const store: RevocationStore = {
      getByName: () => ({ ended: async () => ({}), end: () => Promise.reject(new Error("down")) }),
    };
    const { kit } = await person({ revocation: createRevocation({ store, whenDown: "open" }) });
    const response = await deliver(kit, REVOKED);
    expect(response.status).toBe(503);
    expect(response.headers.get("Retry-After")).toBe("5");
    expect(kit.events.map(({ type }) => type)).toEqual(["store_unreachable"]);
  });
});

test("POST /auth/webhooks/workos without the receiver is 404, and another method 405", async () => {
  const closed = testAuth();
  expect((await deliver(closed, REVOKED)).status).toBe(404);
  const { kit } = await person();
  const get = await kit.auth.handler(new Request(`${ORIGIN}/auth/webhooks/workos`));
  expect([get?.status, get?.headers.get("Allow")]).toEqual([405, "POST"]);
});

test("`workosEvents` refuses what could never work", () => {
  const wrong = { secret: "short", toleranceSeconds: 5, tolerance: 1 };
  expect(() => workosEvents(wrong)).toThrow(/`tolerance`[\s\S]*`secret`[\s\S]*`toleranceSeconds`/);
  // @ts-expect-error what JavaScript can pass: a variable that is not set
  expect(() => workosEvents({ secret: undefined })).toThrow(/`secret` must be/);
  expect(() => testAuth(listening({ providerName: "other" }))).toThrow(/`workosEvents` needs the provider `workos/);
});
