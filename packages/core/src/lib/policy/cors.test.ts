import { describe, expect, test } from "vitest";
import { problemsOf } from "../../../test/problems.js";
import { createCors } from "./cors.js";
import type { CorsOptions } from "./cors-options.js";
import { createOrigins } from "./origins.js";

type Named = Readonly<Record<string, string>>;

const own = "https://api.example.com";
const app = "https://app.example.com";
const vary = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";

const origins = createOrigins({ allow: [app] });
const cors = createCors({ origins });

const get = (headers: Named) => new Request(`${own}/api/projects`, { headers });
const ask = (headers: Named) =>
  new Request(`${own}/api/projects`, {
    method: "OPTIONS",
    headers: { Origin: app, "Access-Control-Request-Method": "POST", ...headers },
  });

async function preflight(headers: Named, wall = cors): Promise<Named> {
  const answer = await wall.preflight(ask(headers));
  expect(answer?.status).toBe(204);
  expect(await answer?.text()).toBe("");
  return Object.fromEntries(answer!.headers);
}

const applied = async (headers: Named, response = new Response("x"), wall = cors) => wall.apply(get(headers), response);

/** As: what JavaScript passes has no types. */
const refused = (options: unknown) => problemsOf(() => createCors(options as CorsOptions));

describe("CS-11 no wildcard beside cookies", () => {
  test.each<[string, unknown]>([
    ["no origins", {}],
    ["a text", { origins: "*" }],
    ["a list", { origins: ["*"] }],
    ["true", { origins: true }],
    ["any method", { origins, methods: ["*"] }],
    ["any header", { origins, headers: ["Content-Type", "*"] }],
    ["any answer header", { origins, exposeHeaders: ["*"] }],
  ])("CS-11 %s", (_what, options) => {
    expect(refused(options)).toEqual([expect.stringContaining("(wildcard_with_credentials)")]);
  });
});

describe("CS-12 an origin that is not allowed reads nothing", () => {
  test.each([
    `${app}.evil.com`,
    `${app}@evil.com`,
    "http://app.example.com",
    `${app}:443`,
    `${app}:8443`,
    `${app}.`,
    `${app}/`,
    "https://APP.example.com",
    "https://app.exa\tmple.com",
    "https://app%2eexample.com",
    "null",
    "",
    `${app}, ${app}`,
    "https://evil.example",
  ])("CS-12 %j", async (Origin) => {
    const answer = await applied({ Origin });
    expect(Object.fromEntries(answer.headers)).toEqual({ "content-type": "text/plain;charset=UTF-8", vary: "Origin" });
    expect(await cors.judge(get({ Origin }))).toBe("rejected");
    expect(await preflight({ Origin })).toEqual({ vary });
  });
});

test("CS-15 a preview that asks production gets no credentials header", async () => {
  const Origin = "https://pr-1.preview.example.com";
  const answer = await applied({ Origin, "Sec-Fetch-Site": "same-site" });
  expect(answer.headers.get("Access-Control-Allow-Origin")).toBeNull();
  expect(answer.headers.get("Access-Control-Allow-Credentials")).toBeNull();
  expect(answer.headers.get("Vary")).toBe("Origin");
  expect(await preflight({ Origin })).toEqual({ vary });
});

describe("CS-16 preflights that ask for more", () => {
  const refused = async (headers: Named) => expect(await preflight(headers)).toEqual({ vary });

  test.each<[string, Named]>([
    ["an unlisted method", { "Access-Control-Request-Method": "PURGE" }],
    ["a method in lower case", { "Access-Control-Request-Method": "post" }],
    ["two methods", { "Access-Control-Request-Method": "GET, POST" }],
    ["no method", { "Access-Control-Request-Method": "" }],
    ["any method", { "Access-Control-Request-Method": "*" }],
    ["an unlisted header", { "Access-Control-Request-Headers": "content-type,authorization" }],
    ["any header", { "Access-Control-Request-Headers": "*" }],
    ["an empty name", { "Access-Control-Request-Headers": "content-type,," }],
    ["10 KB of listed names", { "Access-Control-Request-Headers": Array(600).fill("content-type").join() }],
    ["10 KB of one name", { "Access-Control-Request-Headers": "x".repeat(10_240) }],
    ["10 KB of commas", { "Access-Control-Request-Headers": ",".repeat(10_240) }],
    ["10 KB of blanks", { "Access-Control-Request-Headers": `content-type${" ".repeat(10_240)},content-type` }],
  ])("CS-16 %s", async (_what, headers) => {
    await refused(headers);
  });
});

describe("CS-18 how long, and for whom", () => {
  test("CS-18 ten minutes by default, two hours at most", async () => {
    expect((await preflight({}))["access-control-max-age"]).toBe("600");
    const longest = createCors({ origins, maxAgeSeconds: 7_200 });
    expect((await preflight({}, longest))["access-control-max-age"]).toBe("7200");
    const never = createCors({ origins, maxAgeSeconds: 0 });
    expect((await preflight({}, never))["access-control-max-age"]).toBe("0");
    for (const maxAgeSeconds of [7_201, 86_400, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "600", null]) {
      expect(refused({ origins, maxAgeSeconds })).toEqual(["`maxAgeSeconds` must be whole seconds from 0 to 7200."]);
    }
  });

  test("CS-18 no page gets into a private network", async () => {
    const answer = await preflight({ "Access-Control-Request-Private-Network": "true" });
    expect(Object.keys(answer).filter((name) => name.includes("network"))).toEqual([]);
    const handlers = new Response("x", { headers: { "Access-Control-Allow-Private-Network": "true" } });
    expect((await applied({ Origin: app }, handlers)).headers.has("Access-Control-Allow-Private-Network")).toBe(false);
  });
});

describe("a preflight", () => {
  test("of an allowed origin is answered in full, before anything else happens", async () => {
    const asking = { "Access-Control-Request-Headers": "content-type,x-requested-with", "Sec-Fetch-Site": "same-site" };
    expect(await preflight(asking)).toEqual({
      vary,
      "access-control-allow-origin": app,
      "access-control-allow-credentials": "true",
      "access-control-allow-methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
      "access-control-allow-headers": "Content-Type, X-Requested-With, X-Expected-Org",
      "access-control-max-age": "600",
    });
  });

  test("takes names in any case and with blanks between them", async () => {
    const asking = { "Access-Control-Request-Headers": "X-REQUESTED-WITH , Content-Type" };
    expect(await preflight(asking)).toHaveProperty("access-control-allow-origin", app);
    expect(await preflight({ "Access-Control-Request-Headers": "" })).toHaveProperty("access-control-allow-origin");
  });

  test("names what was configured", async () => {
    const own = createCors({
      origins,
      methods: ["GET", "LINK"],
      headers: ["Authorization"],
      exposeHeaders: ["X-Total"],
    });
    const asking = { "Access-Control-Request-Method": "LINK", "Access-Control-Request-Headers": "authorization" };
    const answer = await preflight(asking, own);
    expect(answer).toMatchObject({
      "access-control-allow-methods": "GET, LINK",
      "access-control-allow-headers": "Authorization",
    });
    expect(answer).not.toHaveProperty("access-control-expose-headers");
    expect(await preflight({ ...asking, "Access-Control-Request-Method": "POST" }, own)).toEqual({ vary });
  });

  test("is nothing else: other methods, and OPTIONS that a script or a person sends", async () => {
    expect(await cors.preflight(get({ Origin: app, "Access-Control-Request-Method": "POST" }))).toBeNull();
    const plain = new Request(own, { method: "OPTIONS", headers: { Origin: app } });
    expect(await cors.preflight(plain)).toBeNull();
    const without = new Request(own, { method: "OPTIONS", headers: { "Access-Control-Request-Method": "POST" } });
    expect(await cors.preflight(without)).toBeNull();
  });

  test("of our own origin gets no permission, because it needs none", async () => {
    expect(await preflight({ Origin: own })).toEqual({ vary });
  });
});

describe("an answer", () => {
  test("to an allowed origin may be read, with cookies", async () => {
    const answer = await applied({ Origin: app, "Sec-Fetch-Site": "same-site" }, new Response("body", { status: 201 }));
    expect([answer.status, await answer.text()]).toEqual([201, "body"]);
    expect(Object.fromEntries(answer.headers)).toEqual({
      "content-type": "text/plain;charset=UTF-8",
      vary: "Origin",
      "access-control-allow-origin": app,
      "access-control-allow-credentials": "true",
    });
  });

  test("to it may show headers that were named", async () => {
    const wall = createCors({ origins, exposeHeaders: ["X-Total-Count", "ETag"] });
    const answer = await applied({ Origin: app }, new Response("x"), wall);
    expect(answer.headers.get("Access-Control-Expose-Headers")).toBe("X-Total-Count, ETag");
    const strangers = await applied({ Origin: "https://evil.example" }, new Response("x"), wall);
    expect(strangers.headers.has("Access-Control-Expose-Headers")).toBe(false);
  });

  test.each<[string, Named]>([
    ["our own origin", { Origin: own }],
    ["our own origin by Fetch Metadata", { Origin: "null", "Sec-Fetch-Site": "same-origin" }],
    ["a link", { "Sec-Fetch-Site": "cross-site" }],
    ["a program", {}],
    ["a stranger", { Origin: "https://evil.example" }],
  ])("to %s says nothing but Vary, whatever the handler said of CORS", async (_who, headers) => {
    const handlers = new Response("x", {
      headers: {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Allow-Methods": "*",
        "Access-Control-Allow-Headers": "*",
        "Access-Control-Expose-Headers": "*",
        "Access-Control-Max-Age": "86400",
        "Access-Control-Allow-Private-Network": "true",
        "X-Own": "kept",
      },
    });
    const answer = await applied(headers, handlers);
    expect(Object.fromEntries(answer.headers)).toEqual({
      "content-type": "text/plain;charset=UTF-8",
      vary: "Origin",
      "x-own": "kept",
    });
  });

  test("to an allowed origin bears our word once, not beside the handler's", async () => {
    const reflecting = new Response("x", { headers: { "Access-Control-Allow-Origin": "https://evil.example" } });
    reflecting.headers.append("Access-Control-Allow-Origin", "*");
    expect((await applied({ Origin: app }, reflecting)).headers.get("Access-Control-Allow-Origin")).toBe(app);
  });

  test.each([
    [undefined, "Origin"],
    ["Cookie", "Cookie, Origin"],
    ["Cookie, origin", "Cookie, origin"],
    ["ORIGIN", "ORIGIN"],
    ["*", "*"],
    ["X-Origin", "X-Origin, Origin"],
  ])("varies by origin where it varied by %j", async (before, after) => {
    const answer = await applied({}, new Response("x", before === undefined ? {} : { headers: { Vary: before } }));
    expect(answer.headers.get("Vary")).toBe(after);
  });

  test("that cannot be changed is copied: a redirect, one without a body; cookies stay apart", async () => {
    const redirect = await applied({ Origin: app }, Response.redirect("https://app.example.com/", 303));
    expect([redirect.status, redirect.headers.get("Location")]).toEqual([303, "https://app.example.com/"]);
    expect(redirect.headers.get("Access-Control-Allow-Origin")).toBe(app);
    for (const status of [204, 304]) expect((await applied({}, new Response(null, { status }))).status).toBe(status);
    const cookies = new Response("x");
    cookies.headers.append("Set-Cookie", "a=1");
    cookies.headers.append("Set-Cookie", "b=2");
    expect((await applied({ Origin: app }, cookies)).headers.getSetCookie()).toEqual(["a=1", "b=2"]);
  });

  test("that is an upgrade or a network error stays the very same", async () => {
    const upgrade = Object.defineProperty(new Response(null), "status", { value: 101 });
    expect(await applied({ Origin: app }, upgrade)).toBe(upgrade);
    const failed = Response.error();
    expect(await applied({ Origin: app }, failed)).toBe(failed);
  });

  test("of one request is never changed by that of another", async () => {
    const shared = new Response(null, { status: 404 });
    const answers = [await applied({ Origin: app }, shared), await applied({ Origin: "https://evil.example" }, shared)];
    expect(answers.map((answer) => answer.headers.get("Access-Control-Allow-Origin"))).toEqual([app, null]);
    expect(shared.headers.has("Vary")).toBe(false);
  });
});

describe("who asks", () => {
  test.each<[Named, string]>([
    [{}, "none"],
    [{ "Sec-Fetch-Site": "cross-site" }, "none"],
    [{ Origin: own }, "same"],
    [{ "Sec-Fetch-Site": "same-origin" }, "same"],
    [{ Origin: app }, "allowed"],
    [{ Origin: app, "Sec-Fetch-Site": "cross-site" }, "allowed"],
    [{ Origin: app, "Sec-Fetch-Site": "none" }, "rejected"],
    [{ Origin: "https://evil.example" }, "rejected"],
    [{ Origin: "null" }, "rejected"],
  ])("%j is %s", async (headers, verdict) => {
    expect(await cors.judge(get(headers))).toBe(verdict);
  });

  test("is looked up once per request, and anew for the next", async () => {
    let asked = 0;
    const wall = createCors({
      origins: {
        allows: async () => {
          asked += 1;
          return true;
        },
      },
    });
    const request = ask({});
    expect(await wall.judge(request)).toBe("allowed");
    await wall.preflight(request);
    await wall.apply(request, new Response("x"));
    expect(asked).toBe(1);
    await wall.judge(ask({}));
    expect(asked).toBe(2);
  });
});

test("a method that no browser sends is told, because it would never match", () => {
  expect(refused({ origins, methods: ["GET", "post"] })).toEqual(["`methods` must hold names such as `GET` alone."]);
});

test("everything configured wrongly is told at once", () => {
  const options = {
    origins: {},
    methods: "GET",
    headers: ["x y"],
    exposeHeaders: [7],
    maxAgeSeconds: "1",
    credentials: true,
  };
  expect(refused(options)).toHaveLength(6);
  expect(refused(undefined)).toHaveLength(1);
});
