import { describe, expect, test } from "vitest";
import { testAuth } from "../../../test/auth-kit.js";
import { nativeKit } from "../../../test/native-kit.js";
import { problemsOf } from "../../../test/problems.js";
import { nativeClients } from "./native-clients.js";

describe("the options of `nativeClients`", () => {
  test("everything wrong is told at once", () => {
    const options = {
      redirectUris: ["http://localhost/x", "myapp:/x"],
      header: "Cookie",
      paths: ["api"],
      confirm: "no",
      redirectUri: "x",
    };
    const problems = problemsOf(() => nativeClients(options as never));
    expect(problems).toHaveLength(6);
    for (const name of ["redirectUri`", "localhost", "myapp", "`header`", '"api"', "`confirm`"]) {
      expect(problems.some((problem) => problem.includes(name))).toBe(true);
    }
  });

  test.each([undefined, null, [], "x"])("%j is no object of options", (options) => {
    expect(() => nativeClients(options as never)).toThrow();
  });

  // What a page of another site can send unasked, or a browser sends by itself, proves nothing.
  test.each(["Accept", "Content-Type", "Cookie", "Host", "X", "X-", "X-Session ", "X-Sess\r\nion", ""])(
    "CS-01 %j cannot be the header",
    (header) => {
      expect(problemsOf(() => nativeClients({ redirectUris: ["a.b:/c"], header }))).toHaveLength(1);
    },
  );

  test("what is no part of ours is refused by `createAuth`", () => {
    const problems = problemsOf(() => testAuth({ nativeClients: { redirectUris: ["a.b:/c"] } as never }));
    expect(problems).toEqual([
      "`nativeClients` must be `nativeClients({ redirectUris })` of `@edgeseal/core/native`: it has no `connect`.",
    ]);
  });

  test("the name of the header is read without case", async () => {
    const kit = nativeKit({}, { header: "authorization" });
    const session = await kit.signIn();
    const response = await kit.call("/auth/me", { headers: { authorization: `bearer ${session}` } });
    expect(await response.json()).toMatchObject({ state: "authenticated" });
  });
});
