import { expect, test } from "vitest";
import { resolveCookie } from "../cookie/cookie.js";
import { cookieCarrier } from "./carrier.js";

function request(cookie?: string): Request {
  return new Request("https://app.example.com/", cookie === undefined ? {} : { headers: { Cookie: cookie } });
}

test("CK-03 two of our name are ambiguous; only beside a domain cookie can one of them go", () => {
  const host = cookieCarrier(resolveCookie());
  expect(host.read(request("__Host-session=a; __Host-session=a"))).toEqual({
    ok: false,
    reason: "ambiguous_cookie",
    cookies: [],
  });
  const shared = cookieCarrier(resolveCookie({ domain: "example.com", sameSite: "strict" }));
  expect(shared.read(request("__Secure-session=a; __Secure-session=b"))).toEqual({
    ok: false,
    reason: "ambiguous_cookie",
    cookies: ["__Secure-session=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Strict"],
  });
});

test("what is written is what is cleared: same name, domain, path", () => {
  const shared = cookieCarrier(resolveCookie({ domain: "example.com" }));
  expect(shared.write("text", 60)).toEqual([
    "__Secure-session=text; Max-Age=60; Domain=example.com; Path=/; Secure; HttpOnly; SameSite=Lax",
  ]);
  expect(shared.clear()).toEqual([
    "__Secure-session=; Max-Age=0; Domain=example.com; Path=/; Secure; HttpOnly; SameSite=Lax",
  ]);
});

test("reads the one cookie of its name", () => {
  const host = cookieCarrier(resolveCookie());
  expect(host.read(request())).toEqual({ ok: false, reason: "no_credential", cookies: [] });
  expect(host.read(request("__Host-Session=a; x__Host-session=b"))).toMatchObject({ reason: "no_credential" });
  expect(host.read(request("a=1; __Host-session=text"))).toEqual({ ok: true, text: "text" });
});
