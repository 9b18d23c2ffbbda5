import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { escapeHtml } from "./html.js";
import { arrivalPage, failurePage, organizationPage } from "./pages.js";

const HOSTILE = `"><script>alert(1)</script><img src=x onerror='alert(2)'>&`;

async function pages(): Promise<readonly Response[]> {
  return [
    await failurePage("state_mismatch", `/auth/login?returnTo=${HOSTILE}`),
    await organizationPage([{ id: HOSTILE, name: HOSTILE, role: HOSTILE }], `/auth/switch-org${HOSTILE}`),
    await arrivalPage(`/x${HOSTILE}`),
  ];
}

describe("pages", () => {
  test("OA-09 no value breaks out of its place: one style, no script, no handler, no foreign tag", async () => {
    for (const page of await pages()) {
      const text = await page.text();
      expect(text).not.toMatch(/<script|<img|<iframe|<link|<object/i);
      expect(text.match(/<style>/g)).toHaveLength(1);
      for (const [tag] of text.matchAll(/<[a-z][^>]*>/gi)) {
        // What stands inside double quotes is a value; nothing outside of them may be an event handler.
        expect(tag.replace(/"[^"]*"/g, '""')).not.toMatch(/\son\w+\s*=/i);
      }
    }
  });

  test("the policy allows exactly the page's own style sheet, no script, no frame", async () => {
    for (const page of await pages()) {
      const policy = page.headers.get("Content-Security-Policy") ?? "";
      const style = /<style>([\s\S]*)<\/style>/.exec(await page.clone().text())?.[1] ?? "";
      const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(style));
      expect(policy.split("; ")).toEqual([
        "default-src 'none'",
        `style-src 'sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}'`,
        expect.stringMatching(/^form-action '(?:self|none)'$/),
        "base-uri 'none'",
        "frame-ancestors 'none'",
      ]);
      expect(page.headers.get("X-Content-Type-Options")).toBe("nosniff");
      expect(page.headers.get("Cache-Control")).toBe("private, no-store");
    }
  });

  test("only the page with a form may send one, and only that one tells our own origin where it came from", async () => {
    const [failure, organizations, arrival] = await pages();
    for (const page of [failure, arrival]) {
      expect(page?.headers.get("Content-Security-Policy")).toContain("form-action 'none'");
      expect(page?.headers.get("Referrer-Policy")).toBe("no-referrer");
    }
    expect(organizations?.headers.get("Content-Security-Policy")).toContain("form-action 'self'");
    expect(organizations?.headers.get("Referrer-Policy")).toBe("same-origin");
  });

  test("escaped text has no character that ends a text or an attribute", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(escapeHtml(text)).not.toMatch(/[<>"']|&(?!(?:amp|lt|gt|quot|#39);)/);
      }),
    );
  });
});
