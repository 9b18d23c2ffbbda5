import { expect, test } from "vitest";
import { ledgerName } from "./ledger-name.js";

test("realm and session id cannot be moved into each other", async () => {
  const names = await Promise.all([ledgerName("a", "bc"), ledgerName("ab", "c"), ledgerName("", "abc")]);
  expect(new Set(names).size).toBe(3);
});

// Known answers: printf 'length realm length id' | openssl dgst -sha256 -binary | basenc --base64url
test.each([
  ["preview:12", "session", "-cpgU3_yqTrhhZ1rJFMSyRy1IFUrgMU0YoBKJe7EtGs"],
  ["", "session", "rGrRVafdNORPpcgfA8JW93OseeEFLNSMvBSHr156QxA"],
])("is base64url of SHA-256 over both, each after its length: realm %j", async (realm, sessionId, name) => {
  expect(await ledgerName(realm, sessionId)).toBe(name);
});
