import { expect, test } from "vitest";
import { asked, Browser, expectPage, failures, testAuth } from "../../../test/auth-kit.js";
import { base64url } from "../base/bytes.js";

function noise(bytes: number): string {
  return Array.from({ length: bytes / 1_500 }, () => base64url(crypto.getRandomValues(new Uint8Array(1_500)))).join("");
}

test("CK-09 a session that no cookies can carry ends the sign-in on a page, not in a loop, and the event says what is large", async () => {
  const kit = testAuth();
  const lastName = noise(12_000);
  const made = await kit.tokens();
  kit.answers.exchange = () => ({ ...made, user: { id: "user_1", lastName } });
  const browser = new Browser(kit);
  const response = await browser.signIn();
  await kit.settle();
  const text = await expectPage(response, 500, "session_too_large");
  expect(text).not.toContain(lastName.slice(0, 12));
  expect(browser.named("session")).toEqual([]);
  expect(failures(kit)).toEqual(["session_too_large"]);
  const [event] = kit.events.filter(({ type }) => type === "login_failure");
  expect(event?.detail).toMatch(/^lastName: 16000 bytes, claim \w+: \d+ bytes, /);
  // Nobody will use the tokens: they are given back.
  expect(asked(kit, "revoke")).toHaveLength(1);
});

test("CK-09 a page that posts the code gets the same as JSON, and nothing to store", async () => {
  const kit = testAuth();
  const made = await kit.tokens();
  kit.answers.exchange = () => ({ ...made, user: { id: "user_1", lastName: noise(12_000) } });
  const browser = new Browser(kit);
  const state = await browser.start();
  const response = await browser.send("/auth/token", { json: { code: "code_1", state } });
  expect([response.status, await response.json()]).toEqual([
    500,
    { error: "session_too_large", loginUrl: "/auth/login" },
  ]);
  expect(browser.named("session")).toEqual([]);
  await kit.settle();
  expect(failures(kit)).toEqual(["session_too_large"]);
  expect(asked(kit, "revoke")).toHaveLength(1);
});

test("CK-08 a large session signs in over several cookies, and signing out takes each away", async () => {
  const kit = testAuth();
  const blob = noise(6_000);
  kit.answers.exchange = () => kit.tokens({ blob });
  const browser = new Browser(kit);
  const response = await browser.signIn();
  expect(response.status).toBe(303);
  const chunks = browser.named("session");
  expect(chunks).toEqual(["__Host-session.0", "__Host-session.1", "__Host-session.2"].slice(0, chunks.length));
  expect(chunks.length).toBeGreaterThan(1);
  const me = await browser.send("/auth/me");
  expect(await me.json()).toMatchObject({ state: "authenticated", user: { id: "user_1" } });
  await browser.send("/auth/logout", { json: {} });
  expect(browser.named("session")).toEqual([]);
});
