import { describe, expect, test } from "vitest";
import { isSafeMethod, isSameOrigin, isWebSocketUpgrade } from "./same-origin.js";

const request = (headers: Record<string, string>) =>
  new Request("https://app.example.com/auth/logout", { method: "POST", headers });

describe("the same-origin wall", () => {
  test.each([
    "cross-site",
    "same-site",
    "none",
    "",
    "Same-Origin",
    "same-origin, cross-site",
    "same-origin, same-origin",
  ])("CS-01 refuses Sec-Fetch-Site %j, also beside an Origin of our own", (site) => {
    expect(isSameOrigin(request({ "Sec-Fetch-Site": site }))).toBe(false);
    expect(isSameOrigin(request({ "Sec-Fetch-Site": site, Origin: "https://app.example.com" }))).toBe(false);
  });

  test.each([
    "https://evil.example",
    "null",
    "",
    "not an origin",
    "https://app.example.com, https://evil.example",
    "https://app.example.com https://evil.example",
    "https://app.example.com/",
    "https://APP.example.com",
    "https://app.example.com:443",
    "https://app.example.com:8443",
    "http://app.example.com",
    "https://app.example.com.evil.example",
    "https://app.example.com@evil.example",
  ])("CS-03 without Sec-Fetch-Site refuses Origin %j", (origin) => {
    expect(isSameOrigin(request({ Origin: origin }))).toBe(false);
  });

  test("CS-04 refuses a request that says nothing about where it came from", () => {
    expect(isSameOrigin(request({ Cookie: "__Host-session=x" }))).toBe(false);
    expect(isSameOrigin(request({ Referer: "https://app.example.com/" }))).toBe(false);
  });

  test("forwarded headers do not change what we are called", () => {
    const forwarded = { Origin: "https://evil.example", "X-Forwarded-Host": "evil.example", Host: "evil.example" };
    expect(isSameOrigin(request(forwarded))).toBe(false);
  });

  test("takes Sec-Fetch-Site: same-origin, and our own Origin where a browser has no Fetch Metadata", () => {
    expect(isSameOrigin(request({ "Sec-Fetch-Site": "same-origin" }))).toBe(true);
    expect(isSameOrigin(request({ Origin: "https://app.example.com" }))).toBe(true);
  });
});

test("CS-10 a WebSocket handshake is told from other requests", () => {
  expect(isWebSocketUpgrade(request({ Upgrade: "websocket" }))).toBe(true);
  expect(isWebSocketUpgrade(request({ Upgrade: "WebSocket" }))).toBe(true);
  expect(isWebSocketUpgrade(request({ Upgrade: "h2c" }))).toBe(false);
  expect(isWebSocketUpgrade(request({}))).toBe(false);
});

test("an unknown method is unsafe", () => {
  expect(["GET", "HEAD", "OPTIONS"].every(isSafeMethod)).toBe(true);
  expect(["POST", "PUT", "PATCH", "DELETE", "get", "BREW", ""].some(isSafeMethod)).toBe(false);
});
