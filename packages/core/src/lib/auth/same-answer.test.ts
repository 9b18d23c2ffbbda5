import { describe, expect, test } from "vitest";
import { Browser, ORIGIN, type TestAuth, testAuth } from "../../../test/auth-kit.js";
import { base64url, fromBase64url } from "../base/bytes.js";
import { parseSessionKeys } from "../seal/parse-session-keys.js";

const [A, B] = ["kTzQ4bW8xY2nR7vL5mJ9cF3hD6gS1pA0", "q7Xw3Zr9Lk5Vb1Nm8Tg4Hs6Yd2Jf0Pc-"] as const;
/** Each byte of the cookie several times: a derivation for each try. */
const TRIES = 2_500;

/** Status, every header and the body: all that a stranger sees of a refusal. */
async function seen(kit: TestAuth, cookie: string | null, mode: string): Promise<readonly [string, string]> {
  const headers = { "Sec-Fetch-Mode": mode, ...(cookie !== null && { Cookie: `__Host-session=${cookie}` }) };
  const auth = await kit.auth.validateRequest(new Request(`${ORIGIN}/projects?a=b`, { headers }), kit.background);
  if (auth.state !== "anonymous") throw new Error(auth.state);
  const answer = auth.deny();
  return [auth.reason, JSON.stringify([answer.status, [...answer.headers], await answer.text()])];
}

/** The text with one bit turned over, `at` bytes from its beginning. */
function flipped(text: string, at: number, bit: number): string {
  const bytes = fromBase64url(text.slice(4));
  if (bytes === null) throw new Error("no seal");
  const changed = Uint8Array.from(bytes);
  changed[at] = (changed[at] ?? 0) ^ (1 << bit);
  return `es1.${base64url(changed)}`;
}

describe.each([
  ["a program", "cors"],
  ["a navigation", "navigate"],
])("CR-19 what a refusal shows to %s", (_, mode) => {
  test("CR-19 is the same for an unknown key, a changed text, an ended seal, garbage and no cookie", {
    timeout: 30_000,
  }, async () => {
    const kit = testAuth({ keyring: parseSessionKeys(`1:${A}`), lifetime: { idleSeconds: 600 } });
    const browser = new Browser(kit);
    await browser.signIn();
    const good = browser.jar.get("__Host-session") ?? "";
    const other = testAuth({ keyring: parseSessionKeys(`1:${B}`) });
    const stranger = new Browser(other);
    await stranger.signIn();
    const length = fromBase64url(good.slice(4))?.length ?? 0;

    const [, none] = await seen(kit, null, mode);
    const reasons: Record<string, number> = {};
    const answers = new Set<string>();
    const meet = async (cookie: string) => {
      const [reason, answer] = await seen(kit, cookie, mode);
      reasons[reason] = (reasons[reason] ?? 0) + 1;
      answers.add(answer);
    };
    for (let at = 0; at < TRIES; at++) {
      // The key's id, the salt, the commitment, the text and its tag, by turns.
      await meet(flipped(good, (at * 7) % length, at % 8));
      if (at % 4 === 0) await meet(`es1.${"A".repeat(1 + (at % 300))}`);
    }
    await meet(stranger.jar.get("__Host-session") ?? "");
    kit.clock.now += 600;
    await meet(good);
    expect(Object.keys(reasons).sort()).toEqual(["expired", "malformed", "tampered", "unknown_key"]);
    expect([...answers]).toEqual([none]);
    expect(none).not.toMatch(/set-cookie/i);
    expect(kit.calls.filter(({ method }) => method === "refresh")).toEqual([]);
  });
});
