import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createOrigins } from "../policy/origins.js";
import { publicLocation, publicRefresh } from "./public-location.js";

const OURS = "https://auth.customer-a.example";
const target = new URL("https://idp.example/v1/authorize?x=1");
const redirects = createOrigins({ allow: ["https://app.customer-a.example"] });
const place = { origin: OURS, target, redirects };

describe("where a redirect of the provider leads", () => {
  test.each([
    ["/v1/login?a=b#c", `${OURS}/v1/login?a=b#c`],
    ["next", `${OURS}/v1/next`],
    ["https://idp.example/v1/x", `${OURS}/v1/x`],
    ["http://idp.example/v1/x", `${OURS}/v1/x`],
    ["//idp.example/v1/x", `${OURS}/v1/x`],
    ["http://auth.customer-a.example/x", `${OURS}/x`],
    ["https://idp.example//evil.example/x", `${OURS}//evil.example/x`],
    [
      "https://app.customer-a.example/callback?code=1&state=2",
      "https://app.customer-a.example/callback?code=1&state=2",
    ],
    ["https:\\\\app.customer-a.example\\x", "https://app.customer-a.example/x"],
  ])("PX-03 %s is shown as %s", async (text, shown) => {
    expect(await publicLocation(text, place)).toBe(shown);
  });

  test.each([
    "https://evil.example/",
    "//evil.example",
    "\\\\evil.example",
    "https://idp.example@evil.example/",
    "https://user:secret@idp.example/",
    "https://user@app.customer-a.example/",
    "https://idp.example:8443/",
    "http://app.customer-a.example/",
    "https://app.customer-a.example.evil.example/",
    "https://idp.example, https://evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "myapp://callback",
    "https://",
  ])("PX-03 %s is shown to nobody", async (text) => {
    expect(await publicLocation(text, place)).toBeNull();
  });

  test("PX-03 a rule that throws, hangs on or answers nonsense allows nobody", async () => {
    const rules = [
      () => {
        throw new Error("down");
      },
      () => Promise.reject(new Error("down")),
      () => "yes",
    ];
    for (const allows of rules) {
      // As: what JavaScript passes has no types.
      const rule = { allows } as unknown as typeof redirects;
      expect(await publicLocation("https://app.customer-a.example/", { ...place, redirects: rule })).toBeNull();
    }
  });

  test("PX-03 whatever the provider sends, a browser lands on our host or one of the list", async () => {
    const piece = fc.constantFrom(
      ..."/\\:@?#.%\t ".split(""),
      "https:",
      "http:",
      "//",
      "idp.example",
      "evil.example",
      "app.customer-a.example",
      "auth.customer-a.example",
      "%2f",
      "..",
      "javascript:",
      "ｅｖｉｌ.example",
    );
    const text = fc.oneof(
      fc.array(piece).map((pieces) => pieces.join("")),
      fc.string(),
      fc.webUrl(),
    );
    await fc.assert(
      fc.asyncProperty(text, async (location) => {
        const shown = await publicLocation(location, place);
        if (shown === null) return;
        // The browser resolves it against what it asked us for.
        const { origin } = new URL(shown, `${OURS}${target.pathname}`);
        expect([OURS, "https://app.customer-a.example"]).toContain(origin);
      }),
      { numRuns: 3_000 },
    );
  });
});

describe("Refresh", () => {
  test.each([
    ["5", "5"],
    ["0; url=/v1/x", `0; url=${OURS}/v1/x`],
    ["3;URL=https://app.customer-a.example/", "3; url=https://app.customer-a.example/"],
    ["0; url=https://evil.example", null],
    ['0; url="https://evil.example"', null],
    ["0, https://evil.example", null],
    ["0; https://evil.example", null],
    ["0; url=/x; url=https://evil.example", null],
    ["", null],
  ])("PX-03 %s becomes %s", async (text, shown) => {
    expect(await publicRefresh(text, place)).toBe(shown);
  });
});
