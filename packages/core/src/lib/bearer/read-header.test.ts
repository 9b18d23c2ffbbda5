import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { bearerKit, expectRefused } from "../../../test/bearer-kit.js";
import { readBearer } from "./read-header.js";

describe("what a header may be", () => {
  test.each([
    ["Bearer "],
    ["Bearer"],
    ["Bearer  TOKEN"],
    ["Bearer\tTOKEN"],
    ["Bearer TOKEN, Bearer TOKEN"],
    ["Bearer TOKEN, Basic YTpi"],
    ["Bearer TOKEN;x"],
    ["Bearer TOKEN extra"],
    ['Bearer "TOKEN"'],
    [`Bearer ${"a.".repeat(20_000)}`],
    [`Bearer ${"a".repeat(16_385)}`],
  ])("JW-22 %j is no token, and nothing is fetched for it", async (form) => {
    const kit = bearerKit();
    const visitor = await kit.visit("/v1/x", form.replaceAll("TOKEN", await kit.token()));
    if (form === "Bearer\tTOKEN") expect(visitor).toMatchObject({ state: "anonymous", reason: "no_credential" });
    else await expectRefused(kit, visitor, "token_malformed");
    expect(kit.fetched).toEqual([]);
  });

  test.each(["Basic", "Token", "DPoP", "BearerX", "Negotiate"])(
    "JW-22 a token under the scheme %s is no credential",
    async (scheme) => {
      const kit = bearerKit();
      const visitor = await kit.visit("/v1/x", `${scheme} ${await kit.token()}`);
      expect(visitor).toMatchObject({ state: "anonymous", reason: "no_credential" });
      expect([kit.fetched, kit.events]).toEqual([[], []]);
    },
  );

  test("JW-22 two headers are one with a comma, and neither counts", async () => {
    const kit = bearerKit();
    const headers = new Headers();
    headers.append("Authorization", `Bearer ${await kit.token()}`);
    headers.append("Authorization", `Bearer ${await kit.token()}`);
    await expectRefused(kit, await kit.visit("/v1/x", undefined, { headers }), "token_malformed");
  });

  test.each(["Bearer", "bearer", "BEARER", "bEaReR"])("JW-22 the scheme may be written %s", async (scheme) => {
    const kit = bearerKit();
    expect(await kit.visit("/v1/x", `${scheme} ${await kit.token()}`)).toMatchObject({ state: "authenticated" });
  });

  test.each(["access_token", "token", "bearer", "authorization", "api_key"])(
    "MB-04 a token in the query or the body as %s is not read",
    async (name) => {
      const lookup = vi.fn(() => ({ clientId: "robot" }));
      const kit = bearerKit({ apiKeys: lookup });
      const token = await kit.token();
      const form = new URLSearchParams({ [name]: token });
      const request = kit.request(`/v1/x?${form}`, undefined, { method: "POST", body: form });
      const visitor = await kit.auth.validateRequest(request, kit.background);
      expect(visitor).toMatchObject({ state: "anonymous", reason: "no_credential" });
      expect(request.bodyUsed).toBe(false);
      expect([kit.fetched, lookup.mock.calls]).toEqual([[], []]);
    },
  );
});

test("JW-22 whatever a header holds, what is read is the scheme, one space and one token, or nothing", () => {
  const scheme = fc.constantFrom("Bearer", "bearer", "Basic", "Bear", "Bearer,");
  const rest = fc.oneof(fc.stringMatching(/^ [\w.~+/-]{1,20}={0,2}$/), fc.stringMatching(/^[ -~]{0,20}$/));
  fc.assert(
    fc.property(scheme, rest, (name, text) => {
      const header = `${name}${text}`;
      const read = readBearer(new Request("https://a.example", { headers: { Authorization: header } }));
      const token = /^bearer ([\w.~+/-]+=*)$/i.exec(header.trim())?.[1];
      if (token === undefined) expect(read.kind).not.toBe("token");
      else expect(read).toEqual({ kind: "token", text: token });
    }),
  );
});
