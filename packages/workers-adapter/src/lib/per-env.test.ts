import { describe, expect, it } from "vitest";
import { perEnv } from "./per-env.js";

function counting(): { of: (env: unknown) => object; made: () => number } {
  let made = 0;
  return { of: perEnv(() => ({ number: ++made })), made: () => made };
}

describe("perEnv", () => {
  it("keeps two envs apart that differ in one variable or in the identity of one binding", () => {
    const { of } = counting();
    const binding = {};
    const first = of({ KEY: "a", KV: binding });
    expect(of({ KEY: "b", KV: binding })).not.toBe(first);
    expect(of({ KEY: "a", KV: {} })).not.toBe(first);
    expect(of({ KEY: "a", KV: binding, EXTRA: undefined })).not.toBe(first);
    expect(of({ KEY: "a" })).not.toBe(first);
  });

  it("gives the same for the same object, and for a copy that a framework made of it", () => {
    const { of, made } = counting();
    const env = { KEY: "a", KV: {} };
    const kept = of(env);
    for (let request = 0; request < 100; request++) expect(of({ ...env })).toBe(kept);
    expect(of(env)).toBe(kept);
    expect(made()).toBe(1);
  });

  it("compares with four envs at most, and forgets none whose object is still there", () => {
    const { of } = counting();
    const envs = Array.from({ length: 10 }, (_, at) => ({ KEY: String(at) }));
    const kept = envs.map(of);
    expect(of({ KEY: "0" })).not.toBe(kept[0]);
    expect(envs.map(of)).toEqual(kept);
  });

  it("takes what is no object for an empty env", () => {
    const { of, made } = counting();
    expect(of(undefined)).toBe(of(null));
    expect(made()).toBe(1);
  });
});
