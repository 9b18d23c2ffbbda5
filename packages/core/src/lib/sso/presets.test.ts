import { describe, expect, test } from "vitest";
import { problemsOf } from "../../../test/problems.js";
import { createOrigins } from "../policy/origins.js";
import { createAuthProxy } from "./auth-proxy.js";
import type { AuthHost } from "./auth-proxy-options.js";
import { type DescopeHostOptions, descope } from "./descope.js";
import { type WorkosDomainOptions, workosDomain } from "./workos-domain.js";

const HOST = "auth.customer-a.example";
const APP = "https://app.customer-a.example";
const origins = createOrigins({ allow: [APP] });
const PROJECT = `P${"2".repeat(27)}`;

/** Where a request went and what it was answered; `null` where it went nowhere. */
async function leads(rule: AuthHost, path: string, init: RequestInit = {}) {
  let sent: Request | null = null;
  const fetch = async (request: Request): Promise<Response> => {
    sent = request;
    const headers = new Headers();
    for (const name of ["DS", "DSR", "other"]) headers.append("Set-Cookie", `${name}=1; Domain=descope.com; Path=/`);
    return new Response("{}", { headers });
  };
  const proxy = createAuthProxy({ hosts: { [HOST]: rule }, fetch });
  const response = await proxy(new Request(`https://${HOST}${path}`, init));
  // As: written by the closure above, which the compiler does not follow.
  return { response, sent: sent as Request | null };
}

describe("Descope", () => {
  const rule = descope({ projectId: PROJECT, origins });

  test("flows and sessions pass, with DS and DSR and what the SDK says of itself", async () => {
    const headers = {
      Authorization: `Bearer ${PROJECT}`,
      "x-descope-sdk-name": "web-js",
      Origin: APP,
      Cookie: "DS=1; DSR=2; __Host-session=x",
    };
    for (const path of ["/v1/flow/next", "/v1/auth/try-refresh", "/v1/auth/otp/verify/email"]) {
      const { response, sent } = await leads(rule, path, { method: "POST", headers, body: "{}" });
      expect([sent?.url, sent?.headers.get("Cookie")]).toEqual([`https://api.descope.com${path}`, "DS=1; DSR=2"]);
      expect(sent?.headers.get("Authorization")).toBe(`Bearer ${PROJECT}`);
      expect(sent?.headers.get("x-descope-sdk-name")).toBe("web-js");
      expect(response.headers.getSetCookie()).toEqual(["DS=1; Path=/; Secure", "DSR=1; Path=/; Secure"]);
      expect(response.headers.get("Access-Control-Allow-Origin")).toBe(APP);
    }
  });

  test.each([
    "/v1/mgmt/user",
    "/v1/auth/accesskey/exchange",
    "/v1/auth/validate",
    "/v2/keys/another",
    "/oauth2/v1/token",
  ])("PX-02 %s, which takes secrets or is another project's, is not reached", async (path) => {
    const { response, sent } = await leads(rule, path, { method: "POST" });
    expect([response.status, sent]).toEqual([404, null]);
  });

  test("the keys and the discovery of the project itself are", async () => {
    for (const path of [`/v2/keys/${PROJECT}`, `/${PROJECT}/.well-known/openid-configuration`]) {
      expect((await leads(rule, path)).response.status).toBe(200);
    }
  });

  test("the region is that of the project; names, paths and upstream can be given", () => {
    expect(descope({ projectId: `Peuc1${"2".repeat(27)}`, origins }).upstream).toBe("https://api.euc1.descope.com");
    const own = descope({
      projectId: PROJECT,
      origins,
      cookies: ["session"],
      paths: ["/x"],
      upstream: "https://d.example",
    });
    expect([own.upstream, own.cookies, own.paths.includes("/x")]).toEqual(["https://d.example", ["session"], true]);
  });

  test("every problem at once", () => {
    // As: what JavaScript passes has no types.
    const options = { projectId: "../x", paths: "/x", region: "eu" } as unknown as DescopeHostOptions;
    expect(problemsOf(() => descope(options))).toHaveLength(4);
  });
});

describe("WorkOS", () => {
  const rule = workosDomain({ clientId: "client_1", redirects: origins });
  const single = workosDomain({ clientId: "client_1", redirects: origins, singlePage: { origins, cookies: ["rt"] } });

  test("navigations pass: sign-in, log-out, the keys", async () => {
    for (const path of [
      "/user_management/authorize?client_id=client_1",
      "/user_management/sessions/logout",
      "/sso/jwks/client_1",
    ]) {
      const { sent } = await leads(rule, path);
      expect(sent?.url).toBe(`https://api.workos.com${path}`);
    }
  });

  test.each(["/user_management/authenticate", "/user_management/users", "/organizations", "/sso/jwks/client_2"])(
    "PX-02 %s is not reached",
    async (path) => {
      const { response, sent } = await leads(rule, path, { method: "POST" });
      expect([response.status, sent]).toEqual([404, null]);
    },
  );

  test("with `singlePage` the pages that are named may exchange codes, without an API key", async () => {
    const headers = { Origin: APP, Authorization: "Bearer sk_live", Cookie: "rt=1; x=2" };
    const { response, sent } = await leads(single, "/user_management/authenticate", { method: "POST", headers });
    expect([sent?.headers.get("Cookie"), sent?.headers.has("Authorization")]).toEqual(["rt=1", false]);
    expect(response.headers.get("Access-Control-Allow-Origin")).toBe(APP);
    expect((await leads(single, "/user_management/users")).response.status).toBe(404);
  });

  test("every problem at once", () => {
    // As: what JavaScript passes has no types.
    const options = {
      clientId: "a/b",
      singlePage: { cookie: 1 },
      paths: 1,
      apiKey: "sk",
    } as unknown as WorkosDomainOptions;
    expect(problemsOf(() => workosDomain(options))).toHaveLength(6);
  });
});
