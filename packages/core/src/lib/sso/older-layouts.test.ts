import { expect, test } from "vitest";
import { sealLegacy } from "../../../test/legacy.js";
import { BLOG, HUB, ssoWorld, Tab } from "../../../test/sso-kit.js";
import { legacySessions } from "../session/legacy-sessions.js";

const SECRET = "uN6yT2rE8wQ4aS0dF7gH3jK9lZ5xC1vB";

/** Such a cookie opens wherever it is shown: on a domain that leads elsewhere tomorrow it must open nothing. */
test("SS-09 a session of an older layout moves in at the hub, and on no destination", async () => {
  const now = (): number => 1_800_000_000;
  const legacy = legacySessions({ until: "2027-02-01T00:00:00Z", secret: SECRET, now });
  const world = ssoWorld({ auth: { legacy }, silent: { paths: ["/silent/*"] } });
  const { accessToken, refreshToken, user } = await world.kit.tokens();
  const content = { accessToken, refreshToken, expiresAt: null, userId: user?.id, organizationId: "" };
  const text = await sealLegacy(content, SECRET);
  const tab = new Tab(world);
  for (const [origin, state] of [
    [BLOG, "anonymous"],
    [HUB, "authenticated"],
  ] as const) {
    tab.jar(origin).set("session", text);
    const answer = (await (await tab.send(`${origin}/posts/1`)).json()) as { state: string };
    expect([origin, answer.state]).toEqual([origin, state]);
  }
  expect([...tab.jar(BLOG).keys()]).toEqual(["session"]);
  expect([...tab.jar(HUB).keys()]).toEqual(["__Host-session"]);
});
