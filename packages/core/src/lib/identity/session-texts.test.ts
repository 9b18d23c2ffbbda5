import { expect, test } from "vitest";
import { removeReserved, removeSessionTexts } from "./identity-headers.js";

test("MB-10 whatever its header is called, a program's session goes no further", () => {
  const headers = new Headers({
    Authorization: "bEaReR  es1.abc",
    "X-Session": "es1.abc",
    "X-Stored": "eh1.abc",
    "X-Cookie": "EO1.abc",
    "X-Other": "e1.abc",
    Accept: "text/html",
  });
  removeSessionTexts(headers);
  expect([...headers.keys()]).toEqual(["accept", "x-other"]);
});

test("MB-10 an upstream plants no session", () => {
  const headers = new Headers({ "Edgeseal-Session": "es1.abc", "X-Other": "1" });
  removeReserved(headers);
  expect([...headers.keys()]).toEqual(["x-other"]);
});
