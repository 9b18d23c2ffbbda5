import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { base64url, utf8 } from "../base/bytes.js";
import { isPreviewRealm, readAddressedState, writeAddressedState } from "./relay-state.js";

const STATE = `${"i".repeat(16)}.${"s".repeat(43)}`;
const HOST = "pr-12.preview.example.com";
const REALM = "preview:pr-12";
const encoded = (realm: string) => base64url(utf8(realm));

describe("a state that names a preview", () => {
  test.each<[string, string]>([
    ["that names none, as of every other sign-in", STATE],
    ["without a host", `${STATE}.${encoded(REALM)}`],
    ["with an empty host", `${STATE}.${encoded(REALM)}.`],
    ["without a realm", `${STATE}..${HOST}`],
    ["with an id of another length", `i.${"s".repeat(43)}.${encoded(REALM)}.${HOST}`],
    ["with a secret of another length", `${"i".repeat(16)}.s.${encoded(REALM)}.${HOST}`],
    ["with another realm than a preview's", `${STATE}.${encoded("production")}.${HOST}`],
    ["with a realm that only begins alike", `${STATE}.${encoded("previews")}.${HOST}`],
    ["with a realm in another spelling of base64url", `${STATE}.${encoded("preview")}=.${HOST}`],
    ["with stray bits behind its realm", `${STATE}.cHJldmlldx.${HOST}`],
    ["with a realm that is not UTF-8", `${STATE}.${base64url(Uint8Array.of(0xff, 0xfe))}.${HOST}`],
    ["with a line feed behind it", `${writeAddressedState(STATE, HOST, REALM)}\n`],
  ])("RD-01 one %s is none", (_what, text) => {
    expect(readAddressedState(text)).toBeNull();
  });

  test("is read as it was written, and needs no encoding in a URL", () => {
    const label = fc
      .stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,20}[a-z0-9])?$/)
      .filter((text) => !text.startsWith("xn--"));
    const host = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => `${labels.join(".")}.example.com`);
    const realm = fc.stringMatching(/^preview:[\x21-\x7e]{1,120}$/);
    fc.assert(
      fc.property(host, realm, (at, as) => {
        const text = writeAddressedState(STATE, at, as);
        expect(text).toMatch(/^[\w.-]+$/);
        expect(readAddressedState(text)).toEqual({ state: STATE, origin: `https://${at}`, realm: as });
      }),
    );
  });

  test("whatever is read is an https origin in canonical form, and is written back as it came", () => {
    const part = fc.constantFrom(
      STATE,
      encoded(REALM),
      HOST,
      ".",
      "@",
      "/",
      ":8443",
      "evil.example",
      "%2e",
      "#",
      "?",
      "",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(part, fc.string()), { maxLength: 7 }), (parts) => {
        const text = parts.join("");
        const read = readAddressedState(text);
        if (read === null) return;
        expect(new URL(read.origin).origin).toBe(read.origin);
        expect(writeAddressedState(read.state, read.origin.slice(8), read.realm)).toBe(text);
      }),
      { numRuns: 2_000 },
    );
  });
});

test("a preview's realm is `preview` or begins with `preview:`", () => {
  for (const realm of ["preview", "preview:pr-12", `preview:${"x".repeat(120)}`]) {
    expect(isPreviewRealm(realm)).toBe(true);
  }
  for (const realm of [
    "",
    "production",
    "Preview",
    "preview:",
    "preview ",
    "preview:a b",
    "my-preview",
    7,
    undefined,
  ]) {
    expect(isPreviewRealm(realm)).toBe(false);
  }
  expect(isPreviewRealm(`preview:${"x".repeat(121)}`)).toBe(false);
});
