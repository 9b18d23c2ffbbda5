import type { ClockOption, Runtime } from "../base/ports.js";
import { readClock } from "../base/runtime.js";
import { type CookieOptions, resolveCookie } from "../cookie/options.js";
import { writeSealedCookie } from "../cookie/session-cookie.js";
import { parseSessionKeys } from "../seal/parse-session-keys.js";
import { sessionFromTokens } from "../session/from-tokens.js";
import { sealSession } from "../session/sealed-store.js";
import type { FailingCall, Failure } from "./faults.js";
import { createScriptedProvider, type ProviderCall, type TestProviderKind } from "./scripted-provider.js";
import type { TestPerson } from "./test-person.js";

export interface TestProviderOptions extends ClockOption {
  /** Which provider it stands for. */
  readonly as: TestProviderKind;
  /** As the tested code has them: the value of `SESSION_KEYS`. */
  readonly sessionKeys: string;
  /** As the tested code has it. Default: `__Host-session`. */
  readonly cookie?: CookieOptions;
  /** As the tested code has it. Default "". */
  readonly realm?: string;
  /** How long a spent refresh token still gives what it gave. Default 0: never, the strictest there is. */
  readonly reuseSeconds?: number;
}

export interface TestProvider {
  /**
   * Answers sign-in, key set, code, refresh and log-out of the provider it stands for. Any other host is an error, said
   * on the console too. Fits `fetch` of an auth, `vi.spyOn(globalThis, "fetch")`, and an HTTP server of your own.
   */
  readonly fetch: Runtime["fetch"] & typeof globalThis.fetch;
  /** The value of a `Cookie` header of somebody who is signed in. Each call is another session. */
  cookieFor(person: TestPerson): Promise<string>;
  /** An access token of somebody who is signed in, for `Authorization: Bearer …`. */
  bearerFor(person: TestPerson): Promise<string>;
  /** A new key signs from now on, and the one before leaves the key set at once. */
  rotateKeys(): void;
  /** The next calls of that kind fail that way, after those that are to fail already. Default: one. */
  fail(call: FailingCall, how: Failure, times?: number): void;
  /** What it was asked, in order. */
  readonly calls: readonly ProviderCall[];
}

/** An identity provider in memory. Throws `AuthError` `config_invalid` for options that the tested code would refuse too. */
export function createTestProvider(options: TestProviderOptions): TestProvider {
  const { realm = "" } = options;
  const clock = { now: () => readClock(options) };
  const settings = resolveCookie(options.cookie);
  const keyring = parseSessionKeys(options.sessionKeys, clock);
  const { fetch, calls, keys, faults, issue } = createScriptedProvider(options);
  return {
    fetch,
    calls,

    async cookieFor(person) {
      const { sessionToken, refreshToken, user } = await issue(person);
      const session = sessionFromTokens({ accessToken: sessionToken, refreshToken, user }, clock);
      const text = await sealSession(session, keyring, { cookieName: settings.name, realm, ...clock });
      const lines = writeSealedCookie(text, settings, { replaces: null });
      return lines.map((line) => line.split(";", 1)[0]).join("; ");
    },

    async bearerFor(person) {
      return (await issue(person)).accessToken;
    },

    rotateKeys: () => keys.rotate(),
    fail: (call, how, times = 1) => faults.next(call, how, times),
  };
}
