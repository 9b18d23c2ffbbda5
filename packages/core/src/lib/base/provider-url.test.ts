import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { providerUrl } from "./provider-url.js";

describe("providerUrl", () => {
  test.each([
    "http://idp.example/",
    "http://10.0.0.1/",
    "http://192.168.0.1:8080/",
    "http://128.0.0.1/",
    "http://0.0.0.0/",
    "http://[::2]/",
    "http://[::ffff:127.0.0.1]/",
    "http://localhost.example/",
    "http://notlocalhost/",
    "http://127.0.0.1.example/",
    "http://localhost@idp.example/",
    "https://user@idp.example/",
    "https://user:password@idp.example/",
    "http://user@localhost/",
    "ftp://localhost/",
    "file:///etc/hosts",
    "javascript:alert(1)",
    "data:text/plain,x",
    "//idp.example/",
    "idp.example",
    "/path",
    "",
    "https://",
  ])("refuses %j", (text) => {
    expect(providerUrl(text)).toBeNull();
  });

  test.each([
    "https://idp.example/",
    "https://idp.example:8443/path?query",
    "https://10.0.0.1/",
    "http://localhost/",
    "http://localhost:3000/path",
    "http://LOCALHOST:3000/",
    "http://idp.localhost:3000/",
    "http://127.0.0.1:8787/",
    "http://127.1.2.3/",
    "http://2130706433/",
    "http://[::1]:8787/",
  ])("accepts %j", (text) => {
    expect(providerUrl(text)?.href).toBe(new URL(text).href);
    expect(providerUrl(new URL(text))?.href).toBe(new URL(text).href);
  });

  test("throws for no text, and lets http out to nobody but this machine", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.webUrl({ validSchemes: ["http", "https", "ftp"] })), (text) => {
        const url = providerUrl(text);
        if (url?.protocol === "http:") expect(url.hostname).toMatch(/^(localhost|.*\.localhost|127\..*|\[::1\])$/);
        else if (url) expect(url.protocol).toBe("https:");
      }),
    );
  });
});
