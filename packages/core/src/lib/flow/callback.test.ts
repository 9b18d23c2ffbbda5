import { describe, expect, test } from "vitest";
import { asked, Browser, expectPage, failures, testAuth } from "../../../test/auth-kit.js";
import { generateSessionKeys } from "../seal/generate-session-keys.js";
import { parseSessionKeys } from "../seal/parse-session-keys.js";

describe("the callback's state", () => {
  test.each([
    ["no state", "?code=code_1"],
    ["an empty state", "?code=code_1&state="],
    ["a state that is none of ours", "?code=code_1&state=abc"],
    ["a state of three parts", "?code=code_1&state=AAAAAAAAAAAAAAAA.b.c"],
    ["a state without a secret", "?code=code_1&state=AAAAAAAAAAAAAAAA."],
  ])("OA-01 %s is state_mismatch, and the provider is not asked", async (_, query) => {
    const kit = testAuth();
    const browser = new Browser(kit);
    await browser.start();
    await expectPage(await browser.send(`/auth/callback${query}`), 400, "state_mismatch");
    expect(asked(kit, "exchange")).toEqual([]);
    expect(failures(kit)).toEqual(["state_mismatch"]);
    expect(browser.named("session")).toEqual([]);
  });

  test("OA-01 a wrong secret under a right flow id is state_mismatch, and that flow is over", async () => {
    const kit = testAuth();
    const browser = new Browser(kit);
    const state = await browser.start();
    const other = await browser.start();
    const forged = `${state.split(".")[0]}.${other.split(".")[1]}`;
    await expectPage(await browser.back(forged), 400, "state_mismatch");
    expect(asked(kit, "exchange")).toEqual([]);
    await expectPage(await browser.back(state), 400, "state_mismatch");
    expect((await browser.back(other)).status).toBe(303);
  });

  test("OA-01 somebody else's state is state_mismatch", async () => {
    const kit = testAuth();
    const attacker = new Browser(kit);
    const victim = new Browser(kit);
    const stolen = await attacker.start();
    await victim.start();
    await expectPage(await victim.back(stolen), 400, "state_mismatch");
    expect(asked(kit, "exchange")).toEqual([]);
    expect(victim.named("session")).toEqual([]);
  });

  test("OA-01 another flow's sealed cookie under this flow's name does not open", async () => {
    const kit = testAuth();
    const browser = new Browser(kit);
    const state = await browser.start();
    const other = await browser.start();
    const [first, second] = browser.named("flow");
    browser.jar.set(first!, browser.jar.get(second!)!);
    // With that other flow's secret, too: the text is bound to its cookie's name.
    await expectPage(await browser.back(`${state.split(".")[0]}.${other.split(".")[1]}`), 400, "state_mismatch");
    expect(asked(kit, "exchange")).toEqual([]);
  });

  test("OA-01 a flow asks the provider once, however often its cookie was copied", async () => {
    const kit = testAuth();
    const browser = new Browser(kit);
    const state = await browser.start();
    const copies = Array.from({ length: 20 }, () => {
      const copy = new Browser(kit);
      for (const [name, value] of browser.jar) copy.jar.set(name, value);
      return copy;
    });
    const answers = await Promise.all(copies.map((copy) => copy.back(state)));
    expect(answers.map(({ status }) => status).sort()).toEqual([303, ...Array(19).fill(400)]);
    expect(asked(kit, "exchange")).toHaveLength(1);
  });

  test("OA-01 while the ledger is silent people still sign in", async () => {
    const kit = testAuth({
      ledger: { getByName: () => ({ claim: Promise.reject, settle: Promise.reject, spend: () => Promise.reject(1) }) },
    });
    expect((await new Browser(kit).signIn()).status).toBe(303);
  });

  test("OA-02 a valid state without its cookie is flow_cookie_missing: a page with a link, no redirect", async () => {
    const kit = testAuth();
    const browser = new Browser(kit);
    const state = await browser.start();
    browser.jar.clear();
    const text = await expectPage(await browser.back(state), 400, "flow_cookie_missing");
    expect(text).toContain('<a href="/auth/login">Try again</a>');
    expect(asked(kit, "exchange")).toEqual([]);
    expect(failures(kit)).toEqual(["flow_cookie_missing"]);
  });

  test.each([600, 601, 86_400])(
    "OA-16 a flow that is %i s old is flow_expired, with or without its cookie",
    async (age) => {
      const kit = testAuth();
      for (const keepsCookie of [true, false]) {
        const browser = new Browser(kit);
        const state = await browser.start();
        if (!keepsCookie) browser.jar.clear();
        kit.clock.now += age;
        await expectPage(await browser.back(state), 400, "flow_expired");
      }
      expect(asked(kit, "exchange")).toEqual([]);
    },
  );

  test("OA-16 a flow of 599 s is finished, and only once", async () => {
    const kit = testAuth();
    const browser = new Browser(kit);
    const state = await browser.start();
    kit.clock.now += 599;
    expect((await browser.back(state)).status).toBe(303);
    await expectPage(await browser.back(state), 400, "flow_cookie_missing");
    expect(asked(kit, "exchange")).toHaveLength(1);
  });

  test("OA-05 a flow begun with another provider is iss_mismatch", async () => {
    const keyring = { keyring: parseSessionKeys(generateSessionKeys()) };
    const one = testAuth({ ...keyring, providerName: "one" });
    const two = testAuth({ ...keyring, providerName: "two" });
    const browser = new Browser(one);
    const state = await browser.start();
    const response = await two.auth.callback(browser.request(`/auth/callback?code=code_1&state=${state}`));
    await expectPage(response, 400, "iss_mismatch");
    expect(asked(two, "exchange")).toEqual([]);
  });
});

describe("the callback's parameters", () => {
  test.each([
    ["code twice", "code=a&code=b"],
    ["a code of 10 KB", `code=${"a".repeat(10_240)}`],
    ["state twice", "code=a&state=x"],
    ["a state array", "code=a&state[]=x"],
    ["a code array", "code[0]=a"],
    ["code and error together", "code=a&error=access_denied"],
    ["error twice", "error=a&error=b"],
  ])("OA-10 %s is 400 callback_malformed", async (_, query) => {
    const kit = testAuth();
    const browser = new Browser(kit);
    const state = await browser.start();
    await expectPage(await browser.back(state, query), 400, "callback_malformed");
    expect(asked(kit, "exchange")).toEqual([]);
    expect(failures(kit)).toEqual(["callback_malformed"]);
  });

  test("OA-10 neither code nor error is callback_malformed", async () => {
    const kit = testAuth();
    const browser = new Browser(kit);
    await expectPage(await browser.back(await browser.start(), "x=1"), 400, "callback_malformed");
  });

  test("OA-09 an error's description is in the event alone; the page has fixed words, the flow is over", async () => {
    const kit = testAuth();
    const browser = new Browser(kit);
    const state = await browser.start("?returnTo=%2Fprojects");
    const script = "<script>alert(1)</script>";
    const response = await browser.back(
      state,
      `error=access_denied&error_description=${encodeURIComponent(script + "x".repeat(900))}`,
    );
    const text = await expectPage(response, 400, "access_denied");
    expect(text).not.toContain("alert(1)");
    expect(text).toContain('<a href="/auth/login?returnTo=%2Fprojects">');
    expect(browser.named("flow")).toEqual([]);
    const [event] = kit.events;
    expect(event).toMatchObject({ type: "login_failure", reason: "access_denied" });
    expect(event?.detail?.startsWith(`access_denied: ${script}`)).toBe(true);
    expect(event?.detail).toHaveLength(200);
    expect(asked(kit, "exchange")).toEqual([]);
  });

  test("OA-09 a program gets JSON with the code", async () => {
    const kit = testAuth();
    const browser = new Browser(kit);
    const state = await browser.start();
    const response = await browser.send(`/auth/callback?error=server_error&state=${state}`, {
      headers: { "Sec-Fetch-Mode": "cors" },
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ error: "provider_refused", loginUrl: "/auth/login" });
  });

  test("OA-13 a callback by POST is 405", async () => {
    const kit = testAuth();
    const browser = new Browser(kit);
    const state = await browser.start();
    for (const site of ["cross-site", "same-origin"]) {
      const response = await browser.send("/auth/callback", {
        form: { code: "code_1", state },
        headers: { "Sec-Fetch-Site": site },
      });
      expect(response.status).toBe(405);
      expect(response.headers.get("Allow")).toBe("GET");
      expect(await response.json()).toEqual({ error: "method_not_allowed" });
      expect(response.headers.getSetCookie()).toEqual([]);
    }
    const direct = await kit.auth.callback(browser.request("/auth/callback", { form: { code: "code_1", state } }));
    expect(direct.status).toBe(405);
    expect(asked(kit, "exchange")).toEqual([]);
    await kit.settle();
    expect(new Set(kit.events.map(({ type }) => type))).toEqual(new Set(["method_not_allowed"]));
    // The sign-in that somebody tried to finish so is still the person's own to finish.
    expect((await browser.back(state)).status).toBe(303);
  });
});
