import { request } from "node:http";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ProviderServer, serveProvider } from "./provider-server.js";

let server: ProviderServer;
beforeEach(async () => {
  server = await serveProvider();
});
afterEach(() => server.close());

const jwks = () => fetch(`${server.provider.apiUrl}/sso/jwks/${server.provider.clientId}`);

describe("the provider behind a socket", () => {
  it("a lost connection is no answer", async () => {
    server.provider.fail("network");
    await expect(jwks()).rejects.toThrow();
  });

  it("an answer cut in its middle begins as a right one", async () => {
    server.provider.fail("cut");
    const url = `${server.provider.apiUrl}/sso/jwks/${server.provider.clientId}`;
    const answer = await new Promise<{ status: number | undefined; error: unknown }>((resolve, reject) => {
      const outgoing = request(url, async (incoming) => {
        const error = await text(incoming).then(
          () => null,
          (thrown: unknown) => thrown,
        );
        resolve({ status: incoming.statusCode, error });
      });
      outgoing.on("error", reject).end();
    });
    expect(answer.status).toBe(200);
    expect(answer.error).toBeInstanceOf(Error);
  });

  it("429 comes with its Retry-After, and then a right answer", async () => {
    server.provider.fail("429");
    const refused = await jwks();
    expect([refused.status, refused.headers.get("Retry-After")]).toEqual([429, "30"]);
    server.provider.fail(null);
    const answer = await jwks();
    expect(await answer.json()).toMatchObject({ keys: [{ kty: "RSA", alg: "RS256", use: "sig" }] });
  });

  it("a refresh answers with the fields of the real one", async () => {
    const { refreshToken } = await server.provider.issue();
    const answer = await fetch(`${server.provider.apiUrl}/user_management/authenticate`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({
        grant_type: "refresh_token",
        client_id: server.provider.clientId,
        refresh_token: refreshToken,
      }),
    });
    expect([answer.status, Object.keys((await answer.json()) as object)]).toEqual([
      200,
      ["user", "access_token", "refresh_token", "authentication_method"],
    ]);
  });
});
