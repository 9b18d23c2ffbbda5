import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deviceLabel } from "./device-label.js";

const WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)";
const BLINK = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0";

describe("deviceLabel", () => {
  test("whatever a client sends, the label is short, plain and never fails", () => {
    const agents = fc.oneof(
      fc.string({ unit: "binary", maxLength: 5_000 }),
      fc.string({ unit: "binary" }).map((text) => `Mozilla/5.0 (${text}) ${BLINK} Safari/537.36`),
      fc.string().map((text) => `Mozilla/5.0 (X11; Linux) ${text}/1.0`),
      fc.string().map((text) => `${text}/1.0`),
    );
    fc.assert(
      fc.property(agents, (agent) => {
        const label = deviceLabel(agent);
        expect(label).toMatch(/^[A-Za-z][A-Za-z0-9 .+_-]*$/);
        expect(label.length).toBeLessThanOrEqual(90);
      }),
    );
  });

  test.each([
    "",
    " ",
    "<script>alert(1)</script>",
    "<b>Firefox</b>/1.0",
    "\u0000\u001b[31m",
    "\ud800/1.0",
    "/1.0",
    "1.0",
    "x".repeat(4_096),
    `${"x".repeat(33)}/1.0`,
    "Mozilla/5.0",
  ])("%j says nothing: an unknown device", (agent) => {
    expect(deviceLabel(agent)).toBe("Unknown device");
  });

  test.each([
    ["Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:143.0) Gecko/20100101 Firefox/143.0", "Firefox on macOS"],
    [
      `Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) ${WEBKIT} Version/18.6 Mobile/15E148 Safari/604.1`,
      "Safari on iPhone",
    ],
    [
      `Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) ${WEBKIT} CriOS/128.0 Mobile/15E148 Safari/604.1`,
      "Chrome on iPad",
    ],
    [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${BLINK} Safari/537.36 Edg/129.0.0.0`, "Microsoft Edge on Windows"],
    [`Mozilla/5.0 (Linux; Android 10; K) ${BLINK} Mobile Safari/537.36`, "Chrome on Android"],
    [
      "Mozilla/5.0 (Linux; Android 13; SM-X700) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/23.0 Chrome/115.0.0.0 Safari/537.36",
      "Samsung Internet on Android",
    ],
    [`Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${BLINK} Safari/537.36`, "Chrome on Chrome OS"],
    ["Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0", "Firefox on Linux"],
    ["Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "Googlebot"],
    ["curl/8.5.0", "curl"],
    ["node", "node"],
    ["my-cli/1.2 (linux; arm64)", "my-cli"],
    ["MyApp/1 CFNetwork/1410 Darwin/22.6.0", "MyApp"],
  ])("%s is %s", (agent, label) => {
    expect(deviceLabel(agent)).toBe(label);
  });
});
