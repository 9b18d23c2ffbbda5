import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createOpenidIssuer, ISSUER } from "../../../test/openid-issuer.js";
import { createSigner, NOW } from "../../../test/tokens.js";
import type { AuditFact, KeyValueStore } from "../base/ports.js";
import { discoveryUrl, readDiscovery } from "./discovery.js";
import { createKeySource } from "./key-source.js";

const signer = await createSigner("k1", "ES256");
const HEADER = { alg: "ES256", kid: "k1" };
const URL_OF_IT = discoveryUrl(ISSUER);
const KEYS = `${ISSUER}/keys`;

function setUp(more: { readonly store?: KeyValueStore; readonly issuer?: ReturnType<typeof createOpenidIssuer> } = {}) {
  const issuer = more.issuer ?? createOpenidIssuer(signer);
  const clock = { now: NOW };
  const events: AuditFact[] = [];
  const keys = createKeySource(URL_OF_IT, {
    fetch: issuer.fetch,
    now: () => clock.now,
    emit: (event) => void events.push(event),
    ...(more.store && { store: more.store }),
  });
  return { issuer, clock, events, keys };
}

function memoryStore(): KeyValueStore {
  const kept = new Map<string, string>();
  return {
    get: async (key) => kept.get(key) ?? null,
    put: async (key, value) => void kept.set(key, value),
    delete: async (key) => void kept.delete(key),
  };
}

describe("keys behind a discovery document", () => {
  test.each([
    ["another issuer", { issuer: "https://evil.example.com" }, "discovery_other_issuer"],
    ["no issuer", { issuer: 1 }, "discovery_other_issuer"],
    ["an address without TLS", { jwks_uri: "http://login.example.com/keys" }, "discovery_without_keys"],
    ["no address", { jwks_uri: undefined }, "discovery_without_keys"],
  ])("ID-05 a document with %s leads nowhere", async (_, members, reason) => {
    const { issuer, events, keys } = setUp();
    Object.assign(issuer.document, members);
    await expect(keys.find(HEADER)).rejects.toMatchObject({ code: "keys_unreachable" });
    expect(events).toEqual([{ type: "keys_unreachable", reason }]);
    expect(issuer.asked).toEqual([URL_OF_IT]);
  });

  test("ID-05 nor does a good copy give way to it", async () => {
    const { issuer, clock, keys } = setUp();
    const key = await keys.find(HEADER);
    issuer.document.issuer = "https://evil.example.com";
    clock.now += 86_000;
    expect(await keys.find(HEADER)).toBe(key);
  });

  test("are found in two steps at first, in one while the address is young, in two after a failure", async () => {
    const { issuer, clock, keys } = setUp();
    await keys.find(HEADER);
    expect(issuer.asked.splice(0)).toEqual([URL_OF_IT, KEYS]);
    clock.now += 600;
    await keys.find(HEADER);
    expect(issuer.asked.splice(0)).toEqual([KEYS]);
    issuer.document.jwks_uri = `${ISSUER}/moved`;
    issuer.instead.set(KEYS, () => new Response("gone", { status: 410 }));
    issuer.instead.set(`${ISSUER}/moved`, () => Response.json({ keys: [signer.jwk] }));
    clock.now += 600;
    await keys.find(HEADER);
    clock.now += 30;
    expect(await keys.find(HEADER)).not.toBeNull();
    expect(issuer.asked).toEqual([KEYS, URL_OF_IT, `${ISSUER}/moved`]);
  });

  test("serve from the shared copy while the provider is down and this isolate has never met it", async () => {
    const store = memoryStore();
    const first = setUp({ store });
    const kept: Promise<unknown>[] = [];
    await first.keys.find(HEADER, { waitUntil: (promise) => void kept.push(promise) });
    await Promise.all(kept);
    const issuer = createOpenidIssuer(signer);
    for (const url of [URL_OF_IT, KEYS]) issuer.instead.set(url, () => Promise.reject(new TypeError("down")));
    const second = setUp({ store, issuer });
    expect(await second.keys.find(HEADER)).not.toBeNull();
    expect(issuer.asked).toEqual([]);
  });
});

describe("a document", () => {
  test("of an issuer with a path and a slash lies below it", () => {
    expect(discoveryUrl("https://a.example/")).toBe("https://a.example/.well-known/openid-configuration");
    expect(discoveryUrl("https://a.example/t/1/")).toBe("https://a.example/t/1/.well-known/openid-configuration");
    const document = { issuer: "https://a.example/", jwks_uri: "https://keys.example/" };
    expect(readDiscovery(JSON.stringify(document), discoveryUrl("https://a.example/"))).toEqual(document);
  });

  test("any other text is none", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(readDiscovery(text, URL_OF_IT)).toEqual(expect.stringMatching(/^discovery_/));
      }),
    );
  });
});
