import { describe, expect, it } from "vitest";
import { createPkce } from "../provider/pkce.js";
import { readToken } from "../token/read-token.js";
import { createFakeClock } from "./fake-clock.js";
import { createScriptedProvider, type ScriptedProvider, type TestProviderKind } from "./scripted-provider.js";

const clientId = "client_01TESTTESTTEST";
const REDIRECT_URI = "https://app.example.com/auth/callback";

interface Protocol {
  readonly as: TestProviderKind;
  readonly authorize: string;
  ask(provider: ScriptedProvider, fields: Record<string, string>): Promise<Response>;
}

const workos: Protocol = {
  as: { workos: { clientId, apiUrl: "http://127.0.0.1:4100/" } },
  authorize: "http://127.0.0.1:4100/user_management/authorize",
  ask: (provider, fields) =>
    provider.fetch("http://127.0.0.1:4100/user_management/authenticate", {
      method: "POST",
      body: JSON.stringify({ client_id: clientId, ...fields }),
    }),
};
const oidc: Protocol = {
  as: { oidc: { issuer: "https://login.example.com/", clientId } },
  authorize: "https://login.example.com/authorize",
  ask: (provider, fields) =>
    provider.fetch("https://login.example.com/token", {
      method: "POST",
      body: new URLSearchParams({ client_id: clientId, ...fields }),
    }),
};
const PROTOCOLS = [["workos", workos] as const, ["oidc", oidc] as const];

function made({ as }: Protocol, reuseSeconds?: number) {
  const clock = createFakeClock();
  const window = reuseSeconds !== undefined && { reuseSeconds };
  return { clock, provider: createScriptedProvider({ as, now: clock.now, ...window }) };
}

function refresh(protocol: Protocol, provider: ScriptedProvider, refreshToken: string, more = {}): Promise<Response> {
  return protocol.ask(provider, { grant_type: "refresh_token", refresh_token: refreshToken, ...more });
}

async function nextToken(answer: Response): Promise<string> {
  const { refresh_token } = (await answer.json()) as { refresh_token: string };
  return refresh_token;
}

async function expectInvalidGrant(answer: Response): Promise<void> {
  expect([answer.status, await answer.json()]).toEqual([
    400,
    { error: "invalid_grant", error_description: expect.any(String) },
  ]);
}

describe.each(PROTOCOLS)("refresh tokens of %s", (name, protocol) => {
  it("work once, and the next one goes on", async () => {
    const { provider } = made(protocol);
    const { refreshToken } = await provider.issue();
    const next = await nextToken(await refresh(protocol, provider, refreshToken));
    expect(next).not.toBe(refreshToken);
    expect((await refresh(protocol, provider, next)).status).toBe(200);
    await expectInvalidGrant(await refresh(protocol, provider, refreshToken));
  });

  it(`a spent one that comes again ${name === "oidc" ? "ends the session" : "leaves the session alone"}`, async () => {
    const { provider } = made(protocol);
    const { refreshToken } = await provider.issue();
    const next = await nextToken(await refresh(protocol, provider, refreshToken));
    await expectInvalidGrant(await refresh(protocol, provider, refreshToken));
    expect((await refresh(protocol, provider, next)).status).toBe(name === "oidc" ? 400 : 200);
  });

  it("within a reuse window a spent one gives what it gave", async () => {
    const { clock, provider } = made(protocol, 10);
    const { refreshToken } = await provider.issue();
    const next = await nextToken(await refresh(protocol, provider, refreshToken));
    clock.advance(9);
    expect(await nextToken(await refresh(protocol, provider, refreshToken))).toBe(next);
    clock.advance(1);
    await expectInvalidGrant(await refresh(protocol, provider, refreshToken));
  });

  it("are spent by a call whose answer was lost, and by none that failed before", async () => {
    const { provider } = made(protocol);
    const { refreshToken } = await provider.issue();
    provider.faults.next("refresh", "network", 1);
    provider.faults.next("refresh", "lost", 1);
    await expect(refresh(protocol, provider, refreshToken)).rejects.toThrow();
    await expect(refresh(protocol, provider, refreshToken)).rejects.toThrow();
    await expectInvalidGrant(await refresh(protocol, provider, refreshToken));
    expect(provider.calls.map(({ kind }) => kind)).toEqual(["refresh", "refresh", "refresh"]);
  });

  it("of an ended session, and made-up ones, are refused", async () => {
    const { provider } = made(protocol);
    const { refreshToken, sid } = await provider.issue();
    provider.grants.end({ sid });
    await expectInvalidGrant(await refresh(protocol, provider, refreshToken));
    await expectInvalidGrant(await refresh(protocol, provider, "rt_made_up"));
  });

  it("another client gets nothing", async () => {
    const { provider } = made(protocol);
    const { refreshToken } = await provider.issue();
    const answer = await refresh(protocol, provider, refreshToken, { client_id: "client_other" });
    expect([answer.status >= 400, await answer.json()]).toMatchObject([true, { error: "invalid_client" }]);
    expect((await refresh(protocol, provider, refreshToken)).status).toBe(200);
  });
});

describe.each(PROTOCOLS)("codes of %s", (_name, protocol) => {
  async function codeFor(provider: ScriptedProvider, codeChallenge: string): Promise<string> {
    const query = new URLSearchParams({
      redirect_uri: REDIRECT_URI,
      state: "s",
      code_challenge: codeChallenge,
      code_challenge_method: "S256",
      login_hint: "someone@example.com",
    });
    const answer = await provider.fetch(`${protocol.authorize}?${query}`);
    const back = new URL(answer.headers.get("Location") ?? "");
    expect([answer.status, back.origin + back.pathname, back.searchParams.get("state")]).toEqual([
      302,
      REDIRECT_URI,
      "s",
    ]);
    return back.searchParams.get("code") ?? "";
  }
  const exchange = (provider: ScriptedProvider, code: string, code_verifier: string) =>
    protocol.ask(provider, { grant_type: "authorization_code", code, code_verifier });

  it("work once, with their verifier", async () => {
    const { provider } = made(protocol);
    const { codeVerifier, codeChallenge } = await createPkce();
    const code = await codeFor(provider, codeChallenge);
    expect((await exchange(provider, code, codeVerifier)).status).toBe(200);
    await expectInvalidGrant(await exchange(provider, code, codeVerifier));
  });

  it("are gone after a wrong verifier, and none is given without a challenge", async () => {
    const { provider } = made(protocol);
    const { codeVerifier, codeChallenge } = await createPkce();
    const code = await codeFor(provider, codeChallenge);
    await expectInvalidGrant(await exchange(provider, code, "w".repeat(43)));
    await expectInvalidGrant(await exchange(provider, code, codeVerifier));
    expect((await provider.fetch(`${protocol.authorize}?redirect_uri=${REDIRECT_URI}`)).status).toBe(400);
  });
});

describe("WorkOS, where its emulator differs", () => {
  it("tokens live five minutes, have no `aud`, and keep their `sid` over a refresh", async () => {
    const { clock, provider } = made(workos);
    const { accessToken, refreshToken, sid } = await provider.issue({ organizationId: "org_1" });
    const answer = (await (await refresh(workos, provider, refreshToken)).json()) as { access_token: string };
    for (const token of [accessToken, answer.access_token]) {
      const claims = readToken(token)?.claims;
      expect(claims).toMatchObject({
        iss: `http://127.0.0.1:4100/user_management/${clientId}`,
        sid,
        client_id: clientId,
        org_id: "org_1",
        role: "member",
        exp: clock.now() + 300,
        auth_time: clock.now(),
      });
      expect(claims).not.toHaveProperty("aud");
    }
    expect(Object.keys(answer)).not.toContain("expires_in");
  });

  it("answers what is no grant in its other shape", async () => {
    const { provider } = made(workos);
    const { refreshToken } = await provider.issue();
    const answers = [
      [await refresh(workos, provider, refreshToken, { organization_id: "acme" }), 400, "invalid_organization_id"],
      [await workos.ask(provider, { grant_type: "refresh_token" }), 422, "invalid_request_parameters"],
      [await provider.fetch("http://127.0.0.1:4100/sso/jwks/client_other"), 404, "not_found"],
    ] as const;
    for (const [answer, status, code] of answers) {
      expect([answer.status, await answer.json()]).toEqual([status, { code, message: expect.any(String) }]);
    }
  });

  it("a switch of organisation changes the token, and the list of memberships", async () => {
    const { provider } = made(workos);
    const { refreshToken, user } = await provider.issue({ organizationId: "org_1" });
    const answer = await refresh(workos, provider, refreshToken, { organization_id: "org_2" });
    expect(await answer.json()).toMatchObject({ organization_id: "org_2" });
    const list = await provider.fetch(
      `http://127.0.0.1:4100/user_management/organization_memberships?user_id=${user.id}`,
    );
    expect(await list.json()).toMatchObject({ data: [{ organization_id: "org_2", role: { slug: "member" } }] });
  });
});

it("a person is who their token names, unless the test says otherwise", async () => {
  const { provider } = made(workos);
  expect((await provider.issue({ claims: { sub: "user_9" } })).user).toEqual({
    id: "user_9",
    email: "user_9@example.com",
  });
  expect((await provider.issue({ user: { id: "user_8", email: "a@example.com" } })).user).toEqual({
    id: "user_8",
    email: "a@example.com",
  });
});

describe("an OpenID provider", () => {
  it("says `at+jwt`, and is for an API where the person's claims say so", async () => {
    const { provider } = made(oidc);
    const plain = await provider.issue();
    expect(readToken(plain.accessToken)).toMatchObject({ header: { typ: "at+jwt" }, claims: { aud: clientId } });
    expect(readToken(plain.sessionToken)).toMatchObject({ header: { typ: "JWT" }, claims: { aud: clientId } });
    const api = await provider.issue({ claims: { aud: "https://api.example.com" } });
    expect(api.sessionToken).toBe(api.accessToken);
    expect(readToken(api.accessToken)?.claims.aud).toBe("https://api.example.com");
  });
});
