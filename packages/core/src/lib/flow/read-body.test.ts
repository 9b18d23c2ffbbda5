import { expect, test } from "vitest";
import { readBody } from "./read-body.js";

const post = (body: BodyInit, type: string) =>
  new Request("https://app.example.com/x", { method: "POST", body, headers: { "Content-Type": type } });
const FORM = "application/x-www-form-urlencoded";
const JSON_TYPE = "application/json";

test.each([
  ["text/plain, which a foreign form can send", '{"a":"b"}', "text/plain"],
  ["a list of types", '{"a":"b"}', "application/json;,text/plain"],
  ["no type", "a=b", ""],
  ["multipart", "--x", "multipart/form-data; boundary=x"],
  ["no JSON", "{", JSON_TYPE],
  ["a JSON array", '["a"]', JSON_TYPE],
  ["a field that is no text", '{"a":1}', JSON_TYPE],
  ["a nested field", '{"a":{"b":"c"}}', JSON_TYPE],
  ["a form field twice", "a=1&a=2", FORM],
  ["one byte too much", `a=${"x".repeat(16_383)}`, FORM],
])("CS-05 a body with %s is not read as fields", async (_, body, type) => {
  const fields = await readBody(post(body, type));
  expect(fields).toBeNull();
});

test("bytes that are not UTF-8, a body already read and an endless one are null", async () => {
  expect(await readBody(post(Uint8Array.of(0x61, 0x3d, 0xff), FORM))).toBeNull();
  const read = post("a=b", FORM);
  await read.text();
  expect(await readBody(read)).toBeNull();
  let pulled = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulled += 1;
      controller.enqueue(new Uint8Array(8_192).fill(0x61));
    },
  });
  const init = { method: "POST", body: endless, headers: { "Content-Type": FORM }, duplex: "half" };
  expect(await readBody(new Request("https://app.example.com/x", init as RequestInit))).toBeNull();
  expect(pulled).toBeLessThan(10);
});

test("reads forms and JSON, whatever the case and parameters of the type", async () => {
  const expected = new Map([
    ["organizationId", "org_1"],
    ["returnTo", "/a b"],
  ]);
  const form = "organizationId=org_1&returnTo=%2Fa+b";
  expect(await readBody(post(form, "Application/X-WWW-Form-URLEncoded; charset=UTF-8"))).toEqual(expected);
  expect(await readBody(post(JSON.stringify(Object.fromEntries(expected)), "application/json; charset=utf-8"))).toEqual(
    expected,
  );
  expect(await readBody(post("", FORM))).toEqual(new Map());
});

test("a field named like a property of objects is a field like any other", async () => {
  const fields = await readBody(post('{"__proto__":"x","constructor":"y"}', JSON_TYPE));
  expect(fields?.get("__proto__")).toBe("x");
  expect(({} as Record<string, unknown>).x).toBeUndefined();
});
