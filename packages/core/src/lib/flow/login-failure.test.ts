import { describe, expect, test } from "vitest";
import { Browser, expectPage, testAuth } from "../../../test/auth-kit.js";

describe("onLoginFailure", () => {
  test("its page is shown with our cookies and never cached", async () => {
    const seen: string[] = [];
    const kit = testAuth({
      onLoginFailure: ({ reason }) => {
        seen.push(reason);
        return new Response("sorry", { status: 418, headers: { "Cache-Control": "public" } });
      },
    });
    const browser = new Browser(kit);
    const response = await browser.back(await browser.start(), "error=access_denied");
    expect([response.status, await response.text(), seen]).toEqual([418, "sorry", ["access_denied"]]);
    expect(response.headers.get("Cache-Control")).toBe("private, no-store");
    expect(browser.named("flow")).toEqual([]);
  });

  test("a page that throws is replaced by ours and told", async () => {
    const kit = testAuth({
      onLoginFailure: () => {
        throw new Error("template");
      },
    });
    const browser = new Browser(kit);
    await expectPage(await browser.back(await browser.start(), "error=access_denied"), 400, "access_denied");
    expect(kit.events.map(({ type }) => type)).toEqual(["login_failure", "background_failed"]);
  });
});
