import { describe, expect, test } from "vitest";
import { functionProblems, methodProblems, sinkProblems, unknownOptions, wholeProblems } from "./option-checks.js";

const sink = { send: async () => undefined };
/** As some bindings of Workers are: callable, and with an answer for every name. */
const binding = new Proxy(() => undefined, { get: () => () => undefined });

describe("CF-01 what is wrong with options is said in a sentence each", () => {
  test("a misspelt one is named beside those there are", () => {
    expect(unknownOptions({ lifetime: 1, lifeTime: 1, constructor: 1 }, ["lifetime", "realm"], "createAuth")).toEqual([
      "`createAuth` has no option `lifeTime`; it has lifetime, realm.",
      "`createAuth` has no option `constructor`; it has lifetime, realm.",
    ]);
  });

  test("what is called must be a function, or left out", () => {
    expect(functionProblems({ now: 1, fetch: null, onLogin: () => 1 }, ["now", "fetch", "onLogin", "audit"])).toEqual([
      "`now` must be a function, or left out.",
      "`fetch` must be a function, or left out.",
    ]);
  });

  test.each([[null], [1], ["get"], [{}], [{ get: 1 }], [[]]])("a part %j without the method is refused", (part) => {
    expect(methodProblems("registry", part, ["get"], "a KV namespace")).toEqual([
      "`registry` must be a KV namespace: it has no `get`.",
    ]);
  });

  test.each([[undefined], [{ get: () => null }], [binding], [new Map()]])("a part %j with it is not", (part) => {
    expect(methodProblems("registry", part, ["get"], "a KV namespace")).toEqual([]);
  });

  test.each([[null], ["5"], [1], [61], [2.5], [Number.NaN], [5n]])(
    "a time %s is refused outside of 2 to 60",
    (time) => {
      expect(wholeProblems("ageSeconds", time, [2, 60])).toEqual(["`ageSeconds` must be whole seconds from 2 to 60."]);
    },
  );

  test.each([[undefined], [2], [60]])("a time %s is taken", (time) => {
    expect(wholeProblems("ageSeconds", time, [2, 60])).toEqual([]);
  });

  test.each([[null], [{}], [[sink, undefined]], [console.log]])("`audit` is refused: %j", (audit) => {
    expect(sinkProblems(audit)).toEqual(["`audit` must be a Queue or `{ send(event) }`, or a list of them."]);
  });

  test.each([[undefined], [sink], [[]], [[sink, binding]]])("`audit` is taken: %j", (audit) => {
    expect(sinkProblems(audit)).toEqual([]);
  });
});
