import { describe, expect, it } from "vitest";
import { answerContext, SESSION, SESSION_CLAIMS } from "../../../test/visitor.js";
import { anonymous, authenticated } from "./visitor-states.js";

const RENEWED = "__Host-session=renewed; Path=/; Secure; HttpOnly; SameSite=Lax";
const ENDED = "__Host-session=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0";

function visitor(cookies: readonly string[] = [RENEWED]) {
  const context = answerContext(new Request("https://app.example/"), cookies);
  return {
    ada: authenticated(context, { session: SESSION, claims: SESSION_CLAIMS, refreshed: true, degraded: false }),
    nobody: anonymous(context, "session_over"),
  };
}

function answerWith(...cookies: readonly string[]): Response {
  const response = new Response("x");
  for (const line of cookies) response.headers.append("Set-Cookie", line);
  return response;
}

describe("apply says one thing about the session", () => {
  it("a handler that signed out or switched meanwhile is not undone by the cookie of the request's beginning", () => {
    const { ada } = visitor();
    const signedOut = ada.apply(answerWith("theme=dark", ENDED));
    expect(signedOut.headers.getSetCookie()).toEqual(["theme=dark", ENDED]);
    const newer = visitor(["__Host-session.0=newer", "__Host-session=; Max-Age=0"]).ada;
    expect(ada.apply(newer.apply(new Response())).headers.getSetCookie()).toEqual([
      "__Host-session.0=newer",
      "__Host-session=; Max-Age=0",
    ]);
  });

  it("a refusal that a handler returns is finished once", () => {
    const { ada, nobody } = visitor();
    for (const answer of [
      ada.apply(ada.deny({ organization: true })),
      nobody.apply(nobody.deny()),
      ada.apply(ada.apply(new Response())),
    ]) {
      expect(answer.headers.getSetCookie()).toEqual([RENEWED]);
      expect(answer.headers.get("Cache-Control")).toBe("private, no-store");
      expect(answer.headers.get("Vary")).toBe("Cookie");
    }
  });

  it("cookies whose names only begin alike are other cookies", () => {
    const { ada } = visitor();
    expect(ada.apply(answerWith("__Host-session-hint=1")).headers.getSetCookie()).toEqual([
      "__Host-session-hint=1",
      RENEWED,
    ]);
  });
});

describe("what an answer holds besides its fields", () => {
  it("headers are each answer's own, made once, and nothing of them is spread, listed or printed as JSON", () => {
    const { ada, nobody } = visitor();
    const other = visitor([ENDED]).ada;
    const { headers, apply } = ada;
    expect(headers).toBe(ada.headers);
    expect(headers.getSetCookie()).toEqual([RENEWED]);
    expect(other.headers.getSetCookie()).toEqual([ENDED]);
    expect(apply(new Response()).headers.getSetCookie()).toEqual([RENEWED]);
    for (const answer of [ada, nobody, other]) {
      const spread = { ...answer };
      expect(JSON.stringify([answer, spread, Reflect.ownKeys(spread)])).not.toMatch(/Host-session|headers|a\.b\.c/);
      expect(Object.getOwnPropertySymbols(spread)).toEqual([]);
    }
  });
});
