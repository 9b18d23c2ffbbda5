import { expect, test } from "vitest";
import { takeLeaks, watch } from "../../../test/canary.js";
import { recordEvents } from "../../../test/recorders.js";
import { generateSessionKeys } from "../seal/generate-session-keys.js";
import { parseSessionKeys } from "../seal/parse-session-keys.js";
import { jsonAnswer } from "./answers.js";
import { base64url } from "./bytes.js";
import { AuthError } from "./errors.js";

const sealed = `es1.${base64url(new Uint8Array(96).fill(7))}`;
const token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1c2VyXzEifQ.c2lnbmF0dXJlLWJ5dGVz";

// The canary over all suites is worth something only if it sings.
test("CK-18 the canary hears a sealed value in a body", () => {
  jsonAnswer(200, { sealed });
  expect(takeLeaks()).toEqual(["a sealed value in an answer's body"]);
});

test("CK-18 the canary hears a token in an error, in an event and in a log", () => {
  new AuthError("crypto_failure", `could not check ${token}`);
  recordEvents().emit({ type: "logout", reason: token });
  console.warn({ refreshToken: "rt_1" });
  expect(takeLeaks()).toEqual(["a token in an AuthError", "a token in an event", "a refresh token in console.warn"]);
});

test("CK-18 the canary hears a session key it has seen being read", () => {
  const text = generateSessionKeys();
  parseSessionKeys(text);
  const [key] = JSON.parse(text) as { secret: string }[];
  watch("a log", `key ${key?.secret}`);
  expect(takeLeaks()).toEqual(["a session key in a log"]);
});
