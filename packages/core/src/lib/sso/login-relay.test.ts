import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { problemsOf } from "../../../test/problems.js";
import { base64url, utf8 } from "../base/bytes.js";
import type { AuditEvent, KeyValueStore } from "../base/ports.js";
import { writeAddressedState } from "../flow/relay-state.js";
import { previewOrigin } from "../policy/origin-record.js";
import { createMemoryStore } from "../testing/memory-store.js";
import { createLoginRelay } from "./login-relay.js";
import type { LoginRelayOptions } from "./relay-options.js";

const RELAY = "https://auth.example.com/auth/relay";
const NOW = 1_800_000_000;
const STATE = `${"i".repeat(16)}.${"s".repeat(43)}`;
const PREVIEW = "pr-12.preview.example.com";
const REALM = "preview:pr-12";
const PREVIEWS = {
  "https://pr-{n}.preview.example.com": "preview:pr-{n}",
  "https://{branch}.{team}.preview.example.com": "preview:{team}/{branch}",
  "https://staging.example.com": "preview:staging",
} as const;
const addressed = (host = PREVIEW, realm = REALM) => writeAddressedState(STATE, host, realm);

function relayWith(options: Partial<LoginRelayOptions> = {}) {
  const events: AuditEvent[] = [];
  const audit = { send: async (event: AuditEvent) => void events.push(event) };
  const relay = createLoginRelay({ previews: PREVIEWS, audit, now: () => NOW, ...options });
  async function ask(query: Readonly<Record<string, string>> | string, init: RequestInit = {}): Promise<Response> {
    const headers = { "Sec-Fetch-Mode": "navigate", Cookie: "__Secure-session=CANARY", ...init.headers };
    const url = `${RELAY}?${typeof query === "string" ? query : new URLSearchParams(query)}`;
    const response = await relay.forward(new Request(url, { ...init, headers }));
    if (response === null) throw new Error("not the relay's path");
    // Holds for whatever it answers.
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(response.headers.get("Cache-Control")).toBe("private, no-store");
    expect(response.headers.get("Referrer-Policy") ?? "no-referrer").toBe("no-referrer");
    return response;
  }
  return { relay, ask, reasons: () => events.map(({ type, reason }) => [type, reason]), events };
}

/** The one link of the page; as a browser reads it, where the address is followed from. */
async function linkOf(response: Response): Promise<URL> {
  expect(response.status).toBe(200);
  expect(response.headers.get("Location")).toBeNull();
  const links = [...(await response.text()).matchAll(/ href="([^"]*)"/g)].map(([, href = ""]) => href);
  expect(links).toHaveLength(1);
  return new URL((links[0] ?? "").replaceAll("&amp;", "&").replaceAll("&#39;", "'"), RELAY);
}

async function expectRefused(answer: Response): Promise<void> {
  expect(answer.status).toBe(400);
  expect(answer.headers.get("Location")).toBeNull();
  const text = await answer.text();
  expect(text).toContain("<code>preview_rejected</code>");
  expect(text).not.toContain("href=");
}

const HOSTS = [
  "evil.example",
  "preview.example.com",
  "example.com",
  "auth.example.com",
  "app.example.com",
  "pr-.preview.example.com",
  "pr-12.preview.example.com.evil.example",
  "pr-12.preview.example.com.",
  "pr-12.preview.example.com:8443",
  "pr-12.preview.example.com:443",
  "pr-12.preview.example.com:",
  "pr-12.preview.example.com/",
  "pr-12.preview.example.com/.evil.example",
  "pr-12.preview.example.com?evil.example",
  "pr-12.preview.example.com#evil.example",
  "pr-12.preview.example.com\\evil.example",
  "pr-12.preview.example.com@evil.example",
  "evil.example@pr-12.preview.example.com",
  "evil.example/pr-12.preview.example.com",
  "evil.example\\@pr-12.preview.example.com",
  "evil.example#pr-12.preview.example.com",
  "evil.example?.preview.example.com",
  "evil.example%2f.preview.example.com",
  "evil.example%23.preview.example.com",
  "evil.example%00.preview.example.com",
  "pr-1%2e2.preview.example.com",
  "pr-12%2epreview.example.com",
  "pr-12.preview.example.com%2eevil.example",
  "pr-12.preview.example.com%00",
  "pr-12.preview.example.com%20",
  "pr-12.preview.example.com ",
  " pr-12.preview.example.com",
  "\tpr-12.preview.example.com",
  "pr-12.preview.example.com\n",
  "pr-12.preview.example.com\r\nLocation: https://evil.example",
  "pr-12.preview.example.com\0",
  "pr-1\t2.preview.example.com",
  "Pr-12.preview.example.com",
  "pr-12.PREVIEW.example.com",
  "pr-12.preview.example.com,evil.example",
  "pr-12.preview.example.com;evil.example",
  'pr-12.preview.example.com"evil.example',
  "pr-12.preview.example.com'evil.example",
  "pr-12.preview.example.com<evil.example",
  "pr-12_x.preview.example.com",
  "pr-{n}.preview.example.com",
  "pr-*.preview.example.com",
  "*.preview.example.com",
  "pr-12。preview.example.com",
  "pr-12．preview.example.com",
  "pr-12.preview.example.com／evil.example",
  "pr-12.preview.example.com＠evil.example",
  "pr-12\u00ad.preview.example.com",
  "pr-12\u200b.preview.example.com",
  "pr-١٢.preview.example.com",
  "pr-bücher.preview.example.com",
  "pr-12.preview.examp1e.com",
  "pr-12.preview.example.co",
  "pr-12.previewXexample.com",
  "pr-12-preview.example.com",
  "xpr-12.preview.example.com",
  "a.pr-12.preview.example.com.x",
  "a.b.pr-12.preview.example.com",
  "staging.example.com.evil.example",
  "xstaging.example.com",
  "staging-example.com",
  "staging.example.com:8443",
  "user:pass@staging.example.com",
  "127.0.0.1",
  "[::1]",
  "localhost",
  "localhost:8787",
  "2130706433",
  "0x7f.1",
  "169.254.169.254",
  "javascript:alert(1)",
  "data:text/html,x",
  "//evil.example",
  "/\\evil.example",
  "\\\\evil.example",
  ".",
  "..",
  "./",
  "-",
  `${"a".repeat(64)}.preview.example.com`,
  `pr-${"1".repeat(61)}.preview.example.com`,
  `pr-12.${"a.".repeat(120)}preview.example.com`,
  "null",
  "undefined",
  "",
];

/** Each host of the list with the realm of a real preview, of itself, of production and of nobody. */
const REALMS = [REALM, "preview:staging", "preview", "production", ""];
const HOSTILE = HOSTS.flatMap((host) => REALMS.map((realm) => addressed(host, realm)));

describe("RD-01 whatever a state says, an answer leaves for listed previews only", () => {
  test(`RD-01 none of ${HOSTILE.length} hostile states leads anywhere, with a code or with an error`, async () => {
    expect(HOSTILE.length).toBeGreaterThan(400);
    for (const options of [{}, { insecureWithoutAsking: true }]) {
      const { ask } = relayWith(options);
      for (const state of HOSTILE) {
        await expectRefused(await ask({ code: "code_1", state }));
        await expectRefused(await ask({ error: "access_denied", state }));
      }
    }
  }, 60_000);

  test("RD-01 a state put together at random stays within the list, as a browser reads the address", async () => {
    const { ask } = relayWith({ insecureWithoutAsking: true });
    const part = fc.constantFrom(...HOSTS.slice(0, 40), PREVIEW, "staging.example.com", "pr-", ".", "@", "/", "\\");
    const host = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(""));
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(host, fc.constant(PREVIEW), fc.webAuthority()),
        fc.constantFrom(...REALMS),
        async (to, as) => {
          const answer = await ask({ code: "code_1", state: addressed(to, as) });
          if (answer.status === 400) return;
          expect(answer.status).toBe(303);
          const { protocol, host: reached, pathname, username, hash } = new URL(answer.headers.get("Location") ?? "");
          expect([protocol, pathname, username, hash]).toEqual(["https:", "/auth/callback", "", ""]);
          expect([
            [PREVIEW, REALM],
            ["staging.example.com", "preview:staging"],
          ]).toContainEqual([reached, as]);
        },
      ),
      { numRuns: 600 },
    );
  });

  test("RD-02 no parameter of the answer changes where it goes, and no other one goes along", async () => {
    const { ask } = relayWith({ insecureWithoutAsking: true });
    const nasty = ["//evil.example", "a#@evil.example", "a\r\nLocation: //evil.example", "../../", "&state=x", "\\"];
    for (const text of nasty) {
      for (const query of [{ code: text }, { error: text, error_description: text, iss: text }]) {
        const answer = await ask({ ...query, state: addressed(), next: text, redirect_uri: text });
        const location = new URL(answer.headers.get("Location") ?? "");
        expect([answer.status, `${location.origin}${location.pathname}`]).toEqual([
          303,
          `https://${PREVIEW}/auth/callback`,
        ]);
        expect(Object.fromEntries(location.searchParams)).toEqual({ ...query, state: STATE });
      }
    }
  });

  test("what a browser holds behind `#` of the relay's address does not come along", async () => {
    const { ask } = relayWith();
    const location = (await ask({ error: "x", state: addressed() })).headers.get("Location") ?? "";
    expect(location.endsWith("#")).toBe(true);
  });
});

describe("what becomes of an answer", () => {
  test("OA-01 that of an app of its own, with no address in its state, goes nowhere", async () => {
    const { ask, reasons } = relayWith();
    await expectRefused(await ask({ code: "code_1", state: STATE }));
    await expectRefused(await ask({ code: "code_1" }));
    expect(reasons()).toEqual([["preview_rejected", "state_malformed"]]);
  });

  test("CS-15 a preview that runs as production, or as another preview, signs nobody in", async () => {
    for (const realm of ["preview:pr-13", "preview", "preview:staging", "preview:pr-12 "]) {
      const { ask, events } = relayWith();
      await expectRefused(await ask({ code: "code_1", state: addressed(PREVIEW, realm) }));
      expect(events).toHaveLength(1);
      const reason = realm.endsWith(" ") ? "state_malformed" : "realm_mismatch";
      expect(events[0]).toMatchObject({ type: "preview_rejected", reason });
    }
  });

  test("OA-10 one that is repeated, too long, both or neither is refused", async () => {
    const { ask, reasons } = relayWith();
    const state = `state=${addressed()}`;
    for (const query of [
      state,
      `${state}&code=a&code=b`,
      `${state}&${state}&code=a`,
      `${state}&code=a&error=b`,
      `${state}&code=${"a".repeat(4_097)}`,
      `${state}&code[]=a&code=b`,
      `state[]=x&${state}&code=a`,
    ]) {
      await expectRefused(await ask(query));
    }
    expect(reasons()).toEqual([["preview_rejected", "answer_malformed"]]);
  });

  test.each(["POST", "HEAD", "PUT", "OPTIONS"])("OA-13 %s is 405: a code in a body goes nowhere", async (method) => {
    const { ask, reasons } = relayWith();
    const answer = await ask({ code: "code_1", state: addressed() }, { method });
    expect([answer.status, answer.headers.get("Allow")]).toEqual([405, "GET"]);
    expect(reasons()).toEqual([["method_not_allowed", undefined]]);
  });

  test("a script that calls is refused in JSON, with an event that names where it was to go", async () => {
    const { ask, events } = relayWith();
    const answer = await ask(
      { code: "code_1", state: addressed("evil.example") },
      { headers: { "Sec-Fetch-Mode": "cors" } },
    );
    expect([answer.status, await answer.json()]).toEqual([400, { error: "preview_rejected" }]);
    expect(events).toEqual([
      expect.objectContaining({ type: "preview_rejected", reason: "origin_unknown", detail: "https://evil.example" }),
    ]);
    expect(JSON.stringify(events)).not.toMatch(/code_1|ssss|CANARY/);
  });

  test("a code waits for a click on a page that names the preview, and that nobody may frame", async () => {
    const { ask } = relayWith();
    const answer = await ask({ code: "a+b&c=d/\"<'", state: addressed(), iss: "https://idp.example" });
    const policy = answer.headers.get("Content-Security-Policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    const copy = answer.clone();
    const link = await linkOf(answer);
    expect(`${link.origin}${link.pathname}`).toBe(`https://${PREVIEW}/auth/callback`);
    expect(Object.fromEntries(link.searchParams)).toEqual({
      code: "a+b&c=d/\"<'",
      state: STATE,
      iss: "https://idp.example",
    });
    const page = await copy.text();
    expect(page).toContain(`<code>${PREVIEW}</code> is a preview`);
    expect(page).not.toMatch(/<script|http-equiv|onload|onclick/);
    // Not there for a second: no click that was meant for another page hits it.
    expect(page).toContain("a{animation:wait 1s}");
    expect(page).toContain("main:hover::after{visibility:hidden;transition:visibility 0s .8s}");
  });

  test("an error goes on at once: there is nothing to lose", async () => {
    const { ask } = relayWith();
    const answer = await ask({
      error: "access_denied",
      error_description: "No.",
      state: addressed(),
      iss: "https://i",
    });
    expect(answer.status).toBe(303);
    const location = new URL(answer.headers.get("Location") ?? "");
    expect(location.origin).toBe(`https://${PREVIEW}`);
    expect(Object.fromEntries(location.searchParams)).toEqual({
      state: STATE,
      iss: "https://i",
      error: "access_denied",
      error_description: "No.",
    });
  });

  test("every other path is somebody else's", async () => {
    const { relay } = relayWith();
    for (const path of ["/", "/auth", "/auth/callback", "/auth/relay/x", "/auth/relay%2f", "/x/../auth/relay"]) {
      // A URL that is parsed has no dot segments; what is left of the last one is the relay's own path.
      const expected = path.startsWith("/x/") ? expect.any(Response) : null;
      expect(await relay.forward(new Request(`https://auth.example.com${path}?code=a&state=${addressed()}`))).toEqual(
        expected,
      );
    }
  });

  test("the paths may be others", async () => {
    const relay = createLoginRelay({ previews: PREVIEWS, path: "/sign-in/back", callbackPath: "/session/callback" });
    const query = new URLSearchParams({ error: "x", state: addressed() });
    expect(await relay.forward(new Request(`${RELAY}?${query}`))).toBeNull();
    const answer = await relay.forward(new Request(`https://auth.example.com/sign-in/back?${query}`));
    expect(answer?.headers.get("Location")).toMatch(/^https:\/\/pr-12\.preview\.example\.com\/session\/callback\?/);
  });
});

describe("which previews", () => {
  const goesOn = async (options: Partial<LoginRelayOptions>, host: string, realm: string) =>
    (await relayWith(options).ask({ error: "x", state: addressed(host, realm) })).status === 303;

  test("an exact one, one of a pattern, and one of several placeholders, each as its own realm", async () => {
    expect(await goesOn({}, "staging.example.com", "preview:staging")).toBe(true);
    expect(await goesOn({}, "pr-7.preview.example.com", "preview:pr-7")).toBe(true);
    expect(await goesOn({}, "pr-7.preview.example.com", "preview:pr-{n}")).toBe(false);
    expect(await goesOn({}, "fix.web.preview.example.com", "preview:web/fix")).toBe(true);
    expect(await goesOn({}, "fix.web.preview.example.com", "preview:fix/web")).toBe(false);
  });

  test("CS-13 those on a shared host by the registry alone, while their entry lasts, as the realm they share", async () => {
    const store = createMemoryStore();
    const { key, value } = await previewOrigin("https://web-12.pages.dev", { expiresAt: NOW + 60 });
    await store.put(key, value);
    const registered = { store, realm: "preview" } as const;
    expect(await goesOn({ registered }, "web-12.pages.dev", "preview")).toBe(true);
    expect(await goesOn({ registered }, "web-12.pages.dev", "preview:pr-12")).toBe(false);
    expect(await goesOn({ registered }, "web-13.pages.dev", "preview")).toBe(false);
    expect(await goesOn({ registered, now: () => NOW + 60 }, "web-12.pages.dev", "preview")).toBe(false);
    expect(await goesOn({ registered, previews: {} }, PREVIEW, REALM)).toBe(false);
  });

  test("a registry that fails lets nobody in, and stops no preview of a pattern", async () => {
    const store: Pick<KeyValueStore, "get"> = {
      get: async () => {
        throw new Error("KV is down");
      },
    };
    const registered = { store, realm: "preview" } as const;
    expect(await goesOn({ registered }, "web-12.pages.dev", "preview")).toBe(false);
    expect(await goesOn({ registered }, PREVIEW, REALM)).toBe(true);
  });
});

describe("what is configured wrongly is told at once", () => {
  const problems = (options: unknown) => problemsOf(() => createLoginRelay(options as LoginRelayOptions));
  const named = (previews: Record<string, unknown>) => problems({ previews });

  test.each([
    "https://{n}.pages.dev",
    "https://pr-{n}-app.acme.workers.dev",
    "https://{n}.vercel.app",
    "https://{n}.co.uk",
  ])("CS-13 %s would let strangers in", (origin) => {
    expect(named({ [origin]: "preview" })).toEqual([expect.stringContaining("(shared_suffix)")]);
  });

  test.each([
    "https://.*",
    "https://pr-[0-9]+.preview.example.com",
    "https://{a}{b}.preview.example.com",
    "http://{n}.example.com",
  ])("CS-14 %s is no pattern", (origin) => {
    expect(named({ [origin]: "preview" })).toHaveLength(1);
  });

  test.each(["production", "", "previews", "preview:", "my preview", 7, undefined, "production:{n}", "{n}"])(
    "CS-15 the realm %j is no preview's",
    (realm) => {
      expect(named({ "https://pr-{n}.preview.example.com": realm })).toEqual([
        expect.stringMatching(/^`previews` entry 1 must have a realm/),
      ]);
      expect(problems({ registered: { store: createMemoryStore(), realm } })).toEqual([
        expect.stringMatching(/^`registered` must have a realm/),
      ]);
    },
  );

  test.each<[unknown, RegExp]>([
    [undefined, /takes an object/],
    [{}, /needs `previews` or `registered`/],
    [{ previews: ["https://a.example.com"] }, /^`previews` must be an object/],
    [{ previews: { "https://{n}.{n}.example.com": "preview:{n}" } }, /must not name a placeholder twice/],
    [{ previews: { "https://{n}.example.com": "preview:{pr}" } }, /placeholder in its realm/],
    [{ previews: { "https://*.example.com": "preview" } }, /wildcard_with_credentials/],
    [{ registered: true }, /^`registered` must be/],
    [{ registered: { realm: "preview" } }, /^`registered.store` must be a KV namespace/],
    [{ registered: { store: {}, realm: "preview" } }, /`registered.store` must be a KV namespace: it has no `get`/],
    [{ registered: { store: createMemoryStore(), realm: "preview", ttl: 1 } }, /no option `ttl`/],
    [{ previews: PREVIEWS, path: "auth/relay" }, /^`path` must be a path/],
    [{ previews: PREVIEWS, path: "/auth/relay/" }, /^`path` must be a path/],
    [{ previews: PREVIEWS, callbackPath: "//evil.example" }, /^`callbackPath` must be a path/],
    [{ previews: PREVIEWS, callbackPath: "/x?y" }, /^`callbackPath` must be a path/],
    [{ previews: PREVIEWS, callbackPath: "/../x" }, /^`callbackPath` must be a path/],
    [{ previews: PREVIEWS, audit: console.log }, /^`audit` must be/],
    [{ previews: PREVIEWS, auditClient: {} }, /`auditClient` must be a function/],
    [{ previews: PREVIEWS, insecureWithoutAsking: "yes" }, /^`insecureWithoutAsking` must be/],
    [{ previews: PREVIEWS, withoutAsking: true }, /no option `withoutAsking`/],
  ])("CF-01 %j", (options, expected) => {
    expect(problems(options)).toEqual([expect.stringMatching(expected)]);
  });

  test("every problem at once, and no value of it", () => {
    const found = problems({ previews: { "https://user:CANARY@a.example": "CANARY" }, path: "CANARY", now: 7 });
    expect(found).toHaveLength(3);
    expect(found.join(" ")).not.toContain("CANARY");
  });
});

test("the realm in a state is base64url, so that it needs no encoding wherever it passes", () => {
  expect(addressed()).toBe(`${STATE}.${base64url(utf8(REALM))}.${PREVIEW}`);
});
