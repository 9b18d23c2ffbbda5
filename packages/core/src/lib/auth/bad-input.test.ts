import { describe, expect, test } from "vitest";
import { Browser, ORIGIN, testAuth } from "../../../test/auth-kit.js";

/** Any cookie header that is no session of ours, and what a visitor gets for it. */
const LONG = "a".repeat(4_096);
const HEADERS: readonly (readonly [string, string])[] = [
  ...Array.from({ length: 128 }, (_, byte) => String.fromCharCode(byte))
    .filter((character) => !/[\0\r\n]/.test(character)) // what no Headers object takes in
    .map((character): [string, string] => [`the byte ${character.charCodeAt(0)}`, `__Host-session=${character}`]),
  ["%", "__Host-session=%"],
  ["%E0%A4%A", "__Host-session=%E0%A4%A"],
  ["a name alone", "__Host-session"],
  ["an es1 prefix alone", "__Host-session=es1."],
  ["a chunk of nothing", "__Host-session.0=4.abcdef."],
  ["128 KB in one cookie", `__Host-session=es1.${"A".repeat(131_000)}`],
  ["128 KB of cookies", Array.from({ length: 31 }, (_, at) => `c${at}=${LONG}`).join("; ")],
  ["3,000 cookies of our name", Array.from({ length: 3_000 }, () => "__Host-session=x").join("; ")],
];

describe("bad input", () => {
  test("CK-01 CK-06 CR-15 no cookie makes it anything but 401 or a redirect, and none costs a call", async () => {
    const kit = testAuth();
    for (const [name, Cookie] of HEADERS) {
      const asked = new Request(`${ORIGIN}/api`, { headers: { Cookie } });
      const page = new Request(`${ORIGIN}/page`, { headers: { Cookie, "Sec-Fetch-Mode": "navigate" } });
      const [refused, sent] = await Promise.all([asked, page].map((request) => kit.auth.validateRequest(request)));
      if (refused?.state !== "anonymous" || sent?.state !== "anonymous") throw new Error(`${name}: let in`);
      const [answer, redirect] = [refused.deny(), sent.deny()];
      expect([name, answer.status, await answer.text()]).toEqual([
        name,
        401,
        '{"error":"unauthenticated","loginUrl":"/auth/login"}',
      ]);
      expect([name, redirect.status]).toEqual([name, 302]);
      expect([answer, redirect].flatMap(({ headers }) => headers.getSetCookie())).toEqual([]);
      const me = await kit.auth.handler(new Request(`${ORIGIN}/auth/me`, { headers: { Cookie } }));
      expect([name, me?.status, await me?.text()]).toEqual([name, 200, '{"state":"anonymous"}']);
    }
    expect([kit.fetched, kit.calls]).toEqual([[], []]);
  });

  test.each([
    ["Bearer eyJhbGciOiJub25lIn0.e30."],
    ["bearer  x"],
    ["Basic eyJhbGciOiJSUzI1NiJ9.e30.c2ln"],
    ["Bearer a, Bearer b"],
    [`Bearer ${"a.".repeat(20_000)}`],
  ])("JW-22 an Authorization header is no credential, however it is spelt: %#", async (Authorization) => {
    const kit = testAuth();
    const auth = await kit.auth.validateRequest(new Request(`${ORIGIN}/api`, { headers: { Authorization } }));
    expect(auth).toMatchObject({ state: "anonymous", reason: "no_credential" });
    expect([kit.fetched, kit.calls, kit.events]).toEqual([[], [], []]);
  });
});

/** A shared cache in front of everybody that does what the headers say (RFC 9111 §3, §4.1), and nothing more. */
function sharedCache(origin: (request: Request) => Promise<Response>) {
  const kept: { readonly key: string; readonly vary: readonly string[]; readonly response: Response }[] = [];
  const keyOf = (request: Request, vary: readonly string[]) =>
    JSON.stringify([request.url, vary.map((name) => request.headers.get(name))]);

  return async (request: Request): Promise<Response> => {
    const hit = kept.find(({ key, vary }) => key === keyOf(request, vary));
    if (hit) return hit.response.clone();
    const response = await origin(request);
    const control = response.headers.get("Cache-Control") ?? "";
    const vary = (response.headers.get("Vary") ?? "").split(",").map((name) => name.trim());
    if (/public|s-maxage/.test(control) && !/no-store|private/.test(control) && !vary.includes("*")) {
      kept.push({ key: keyOf(request, vary), vary, response: response.clone() });
    }
    return response;
  };
}

test("CK-15 through a shared cache nobody gets another one's page or cookie, whatever the handler asks for", async () => {
  const kit = testAuth();
  const [ada, bob, nobody] = [new Browser(kit), new Browser(kit), new Browser(kit)];
  await ada.signIn();
  kit.answers.exchange = async () => ({ ...(await kit.tokens({ sub: "user_2" })), user: { id: "user_2" } });
  await bob.signIn();
  const cache = sharedCache(async (request) => {
    const auth = await kit.auth.validateRequest(request, kit.background);
    const text = auth.state === "authenticated" ? auth.user.id : "nobody";
    return auth.apply(new Response(text, { headers: { "Cache-Control": "public, s-maxage=31536000" } }));
  });
  for (const [browser, text] of [
    [nobody, "nobody"],
    [ada, "user_1"],
    [bob, "user_2"],
    [nobody, "nobody"],
    [ada, "user_1"],
  ] as const) {
    const answer = await cache(browser.request("/page"));
    expect(await answer.text()).toBe(text);
    expect(answer.headers.getSetCookie()).toEqual([]);
  }
  // Due for renewal: the answer that carries a new cookie is kept by nobody.
  kit.clock.now += 280;
  const renewed = await cache(ada.request("/page"));
  expect(renewed.headers.getSetCookie()).toHaveLength(1);
  expect(await (await cache(bob.request("/page"))).text()).toBe("user_2");
  expect((await cache(nobody.request("/page"))).headers.getSetCookie()).toEqual([]);
});
