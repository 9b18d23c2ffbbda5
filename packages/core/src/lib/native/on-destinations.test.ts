import { expect, test } from "vitest";
import { beginning, codeIn, LOOPBACK, wayOn } from "../../../test/native-kit.js";
import { BLOG, HUB, signedInTab } from "../../../test/sso-kit.js";
import { nativeClients } from "./native-clients.js";

const NOT_ENABLED = [404, { error: "not_enabled" }];

test("MB-08 programs sign in at the hub, and on no destination", async () => {
  const clients = nativeClients({ redirectUris: ["http://127.0.0.1/callback"] });
  const tab = await signedInTab({ auth: { nativeClients: clients } });
  const { codeChallenge, codeVerifier } = await beginning();
  const query = new URLSearchParams({ redirectUri: LOOPBACK, codeChallenge, codeChallengeMethod: "S256", state: "s" });
  const begun = await tab.send(`${BLOG}/auth/handoff?${query}`);
  expect([begun.status, await begun.json()]).toEqual(NOT_ENABLED);
  expect(begun.headers.getSetCookie()).toEqual([]);

  const asked = new URL(await wayOn(await tab.send(`${HUB}/auth/handoff?${query}`)));
  const back = await tab.send(`${HUB}/auth/callback?code=code_1&state=${asked.searchParams.get("state")}`);
  const code = codeIn(new URL(back.headers.get("Location") ?? ""));
  const redeem = (origin: string) =>
    tab.world.fetch(
      new Request(`${origin}/auth/handoff`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ code, codeVerifier, redirectUri: LOOPBACK }),
      }),
    );
  const elsewhere = await redeem(BLOG);
  expect([elsewhere.status, await elsewhere.json()]).toEqual(NOT_ENABLED);
  const redeemed = await redeem(HUB);
  expect(redeemed.status).toBe(200);
  const { session } = (await redeemed.json()) as { session: string };
  const me = (origin: string) =>
    tab.world.fetch(new Request(`${origin}/auth/me`, { headers: { Authorization: `Bearer ${session}` } }));
  expect(await (await me(HUB)).json()).toMatchObject({ state: "authenticated" });
  expect(await (await me(BLOG)).json()).toEqual({ state: "anonymous" });
  // Nor does it bring anybody a ticket: that is for the browser's own session.
  const authorize = new URL(`${HUB}/auth/sso/authorize?to=${BLOG}&state=s&challenge=${"A".repeat(43)}&prompt=none`);
  const headers = { Authorization: `Bearer ${session}` };
  const answer = await tab.world.fetch(new Request(authorize, { headers }));
  expect(new URL(answer.headers.get("Location") ?? "").searchParams.get("error")).toBe("login_required");
});
