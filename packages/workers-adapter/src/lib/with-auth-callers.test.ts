import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import type { Authenticated, Machine } from "@edgeseal/core";
import { bearerTokens } from "@edgeseal/core/bearer";
import { workosTokens } from "@edgeseal/core/providers/workos";
import { afterEach, beforeEach, describe, expect, expectTypeOf, it, vi } from "vitest";
import { createScriptedProvider } from "../../test/scripted-provider.js";
import { signIn, variablesFor } from "../../test/visitors.js";
import { type WrappedHandler, withAuth } from "./with-auth.js";

const provider = createScriptedProvider();
const env = variablesFor(provider);
type Env = typeof env;

beforeEach(() => {
  vi.spyOn(globalThis, "fetch").mockImplementation((input, init) => provider.fetch(String(input), init as never));
});
afterEach(() => {
  vi.restoreAllMocks();
});

const ROUTES = { "/api/*": "either" } as const;
const users = (of: Env) => workosTokens({ clientId: of.WORKOS_CLIENT_ID, apiUrl: of.WORKOS_API_URL });
const apiKeys = ({ key }: { readonly key: string }) =>
  key === "sk_robot" ? { clientId: "robot", organizationId: "org_1", permissions: ["jobs:run"] } : null;

async function visit(worker: WrappedHandler<Env>, path: string, headers: Record<string, string>): Promise<Response> {
  const ctx = createExecutionContext();
  // As: a request made by hand has no `cf`.
  const request = new Request(`https://app.example${path}`, { headers }) as Parameters<typeof worker.fetch>[0];
  const response = await worker.fetch(request, env, ctx);
  await waitOnExecutionContext(ctx);
  return response;
}

const ROBOT = { Authorization: "Bearer sk_robot" };

describe("a Worker that takes header tokens", () => {
  // No path is a program's, so the handler's visitor is a person: the compiler says so, and so does what runs.
  const people = withAuth((of: Env) => ({ bearer: bearerTokens({ routes: ROUTES, users: users(of), apiKeys }) }), {
    fetch(_request, _env, _ctx, auth) {
      expectTypeOf(auth).toEqualTypeOf<Authenticated>();
      return Response.json({ user: auth.user.id });
    },
  });

  it("lets no program reach a handler for people, whatever it may do", async () => {
    const answer = await visit(people, "/api/x", ROBOT);
    expect(answer.status).toBe(403);
    expect(await answer.json()).toEqual({ error: "forbidden", missing: { person: true } });
    expect(answer.headers.get("Cache-Control")).toBe("private, no-store");
  });

  it("lets a person in by header as by cookie, on the routes that take it", async () => {
    const { session, cookie } = await signIn(provider, env);
    const Authorization = `Bearer ${session.accessToken}`;
    expect(await (await visit(people, "/api/x", { Authorization })).json()).toEqual({ user: "user_ada" });
    expect(await (await visit(people, "/api/x", { Cookie: cookie })).json()).toEqual({ user: "user_ada" });
    expect((await visit(people, "/other", { Authorization })).status).toBe(401);
    const both = await visit(people, "/api/x", { Authorization, Cookie: cookie });
    expect([both.status, both.headers.get("WWW-Authenticate")]).toEqual([401, 'Bearer error="invalid_request"']);
    expect(both.headers.getSetCookie()).toEqual([]);
  });

  const mixed = withAuth(
    (of: Env) => ({
      bearer: bearerTokens({ routes: { "/*": "either" }, users: users(of), apiKeys }),
      machines: ["/api/jobs/*"],
      guards: { "/api/jobs/*": { permission: "jobs:run" }, "/api/jobs/secret": { permission: "jobs:secret" } },
      identityHeaders: true,
    }),
    {
      fetch(request, _env, _ctx, auth) {
        expectTypeOf(auth).toEqualTypeOf<Authenticated | Machine>();
        const who = auth.state === "machine" ? auth.clientId : auth.user.id;
        return Response.json({ who, told: [...request.headers.keys()].filter((name) => name.startsWith("x-")) });
      },
    },
  );

  it("lets a program in where a path is its own, tells plain headers nothing of it, and takes away forged ones", async () => {
    const headers = { ...ROBOT, "X-User-ID": "user_evil", "X-Tenant-ID": "org_evil" };
    expect(await (await visit(mixed, "/api/jobs/1", headers)).json()).toEqual({ who: "robot", told: [] });
    expect((await visit(mixed, "/api/jobs/secret", ROBOT)).status).toBe(403);
    expect((await visit(mixed, "/api/other", ROBOT)).status).toBe(403);
    expect((await visit(mixed, "/api/jobs/1", { Authorization: "Bearer sk_other" })).status).toBe(401);
  });

  it("lets no program onto a public path that is not its own", async () => {
    const open = withAuth(
      () => ({ bearer: bearerTokens({ routes: { "/*": "either" }, apiKeys }), publicPaths: ["/*"] }),
      {
        fetch(_request, _env: Env, _ctx, auth) {
          return new Response(auth.state);
        },
      },
    );
    expect((await visit(open, "/x", ROBOT)).status).toBe(403);
    expect(await (await visit(open, "/x", {})).text()).toBe("anonymous");
  });
});
