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
  expect(shared.write("text", 60, request())).toEqual([
    "__Secure-session=text; Max-Age=60; Domain=example.com; Path=/; Secure; HttpOnly; SameSite=Lax",
  ]);
  expect(shared.clear(request())).toEqual([
    "__Secure-session=; Max-Age=0; Domain=example.com; Path=/; Secure; HttpOnly; SameSite=Lax",
  ]);
});

test("reads the one cookie of its name", () => {
  const host = cookieCarrier(resolveCookie());
  expect(host.read(request())).toEqual({ ok: false, reason: "no_credential", cookies: [] });
  expect(host.read(request("__Host-Session=a; x__Host-session=b"))).toMatchObject({ reason: "no_credential" });
  expect(host.read(request("a=1; __Host-session=text"))).toEqual({ ok: true, text: "text" });
});

test("CK-07 chunks that do not belong together are one reason of their own; beside a domain cookie twins can go", () => {
  const header = "__Host-session.0=2.saltAA.x; __Host-session.1=2.saltBB.y";
  const host = cookieCarrier(resolveCookie());
  expect(host.read(request(header))).toEqual({ ok: false, reason: "bad_chunks", cookies: [] });
  const shared = cookieCarrier(resolveCookie({ domain: "example.com" }));
  const rest = "; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax";
  expect(shared.read(request(header.replaceAll("__Host", "__Secure")))).toEqual({
    ok: false,
    reason: "bad_chunks",
    cookies: [`__Secure-session=${rest}`, `__Secure-session.0=${rest}`, `__Secure-session.1=${rest}`],
  });
});

test("CK-08 what the request brought in another form is deleted in the same answer", () => {
  const host = cookieCarrier(resolveCookie());
  const rest = "; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax";
  expect(host.write("es1.text", 60, request("__Host-session.0=x; __Host-session.1=y")).slice(1)).toEqual([
    `__Host-session.0=${rest}`,
    `__Host-session.1=${rest}`,
  ]);
  expect(host.clear(request("__Host-session.2=x"))).toEqual([`__Host-session=${rest}`, `__Host-session.2=${rest}`]);
});
