import { type Authenticated, createAuth, type Machine, parseSessionKeys } from "@edgeseal/core";
import { bearerTokens } from "@edgeseal/core/bearer";
import { workos, workosTokens } from "@edgeseal/core/providers/workos";
import { Hono } from "hono";
import { describe, expect, expectTypeOf, it } from "vitest";
import { visit } from "../../test/hono-kit.js";
import { createScriptedProvider } from "../../test/scripted-provider.js";
import { signIn, variablesFor } from "../../test/visitors.js";
import {
  requireCaller,
  requireOrganization,
  requirePermission,
  requireRecentAuth,
  requireSession,
} from "./hono-guards.js";
import { type AuthVariables, authMiddleware } from "./hono-middleware.js";

const provider = createScriptedProvider();
const variables = variablesFor(provider);
const place = { clientId: variables.WORKOS_CLIENT_ID, apiUrl: variables.WORKOS_API_URL };
const auth = createAuth({
  keyring: parseSessionKeys(variables.SESSION_KEYS),
  provider: workos({
    ...place,
    apiKey: variables.WORKOS_API_KEY,
    redirectUri: variables.WORKOS_REDIRECT_URI,
    fetch: provider.fetch,
  }),
  fetch: provider.fetch,
  bearer: bearerTokens({
    routes: { "/*": "either" },
    users: workosTokens(place),
    apiKeys: ({ key }) =>
      key === "sk_robot" ? { clientId: "robot", organizationId: "org_1", permissions: ["jobs:run"] } : null,
  }),
});

const app = new Hono<{ Variables: AuthVariables<Machine> }>();
app.use(authMiddleware(auth, { machines: true }));
app.get("/open", (c) => c.text(c.get("auth").state));
app.get("/session", requireSession(), (c) => c.text(c.get("auth").user.id));
app.get("/permission", requirePermission("jobs:run"), (c) => c.text(c.get("auth").user.id));
app.get("/organization", requireOrganization(), (c) => c.text(c.get("auth").user.id));
app.get("/recent", requireRecentAuth({ withinSeconds: 60 }), (c) => c.text(c.get("auth").user.id));
app.get("/any", requireCaller(), (c) => {
  expectTypeOf(c.get("auth")).toEqualTypeOf<Authenticated | Machine>();
  return c.text(c.get("auth").state);
});
app.get("/jobs", requireCaller("jobs:run"), (c) => c.text(c.get("auth").state));
app.get("/stop", requireCaller("jobs:run", "jobs:stop"), (c) => c.text(c.get("auth").state));

const ROBOT = { headers: { Authorization: "Bearer sk_robot" } };

describe("programs in a Hono app", () => {
  it.each(["/session", "/permission", "/organization", "/recent"])(
    "a guard for people lets none through on %s, whatever it may do",
    async (path) => {
      const answer = await visit(app, path, ROBOT);
      expect([answer.status, await answer.json()]).toEqual([403, { error: "forbidden", missing: { person: true } }]);
    },
  );

  it.each([
    ["/any", 200, "machine"],
    ["/jobs", 200, "machine"],
    ["/open", 200, "machine"],
    ["/stop", 403, '{"error":"forbidden","missing":{"permission":"jobs:stop"}}'],
  ])("requireCaller asks them for what it names: %s gives %s", async (path, status, text) => {
    const answer = await visit(app, path, ROBOT);
    expect([answer.status, await answer.text()]).toEqual([status, text]);
  });

  it("requireCaller lets people in as well, and nobody else", async () => {
    const { cookie } = await signIn(provider, variables, { permissions: ["jobs:run"] });
    expect(await (await visit(app, "/jobs", { cookie })).text()).toBe("authenticated");
    expect((await visit(app, "/stop", { cookie })).status).toBe(403);
    expect((await visit(app, "/any")).status).toBe(401);
    expect((await visit(app, "/any", { headers: { Authorization: "Bearer sk_other" } })).status).toBe(401);
  });

  it("none comes through to an app that does not say it knows of them, public or not", async () => {
    const people = new Hono<{ Variables: AuthVariables }>();
    people.use(authMiddleware(auth));
    people.get("/open", (c) => c.text(c.get("auth").state));
    people.get("/any", requireCaller(), (c) => c.text(c.get("auth").state));
    for (const path of ["/open", "/any", "/nowhere"]) expect((await visit(people, path, ROBOT)).status).toBe(403);
    expect(await (await visit(people, "/open")).text()).toBe("anonymous");
  });

  it("CF-01 a permission without a name is refused at construction", () => {
    expect(() => requireCaller("")).toThrow(/requireCaller/);
  });
});
