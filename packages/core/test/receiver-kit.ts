import { expect } from "vitest";
import type { AuditEventType } from "../src/lib/base/ports.js";
import { createRevocation } from "../src/lib/session/revocation.js";
import { createMemoryRevocation } from "../src/lib/testing/memory-revocation.js";
import { type Browser, START, signedIn, type TestAuth, type testAuth } from "./auth-kit.js";

export type AuthKitOptions = NonNullable<Parameters<typeof testAuth>[0]>;

/** Sessions can be ended, and a store in memory keeps the endings. */
export function revocable(): Pick<AuthKitOptions, "revocation"> {
  const store = createMemoryRevocation({ now: () => START });
  return { revocation: createRevocation({ store, whenDown: "closed" }) };
}

/** Somebody who signed in five seconds ago. */
export async function person(options: AuthKitOptions): ReturnType<typeof signedIn> {
  const visitor = await signedIn(options);
  visitor.kit.clock.now += 5;
  return visitor;
}

/** As a provider sends it: no Origin, no cookie, no word on where it comes from. */
export async function post({ auth, background, settle }: TestAuth, request: Request): Promise<Response> {
  const response = await auth.handler(request, background);
  if (response === null) throw new Error("not a route");
  await settle();
  return response;
}

export async function stateOf({ auth }: TestAuth, browser: Browser): Promise<string> {
  return (await auth.validateRequest(browser.request("/"))).state;
}

/** 400 that says nothing, and one event that says why. */
export async function expectRefused(
  kit: TestAuth,
  response: Response,
  type: AuditEventType,
  reason: string,
): Promise<void> {
  expect(response.status).toBe(400);
  expect(response.headers.get("Cache-Control")).toBe("no-store");
  expect(response.headers.getSetCookie()).toEqual([]);
  expect(await response.json()).toEqual({ error: "invalid_request" });
  expect(kit.events.map((event) => [event.type, event.reason])).toEqual([[type, reason]]);
}
