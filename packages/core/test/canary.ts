// A canary over every suite: what the library logs, throws, raises or answers is searched for secrets while tests run.
// Set up before anything of ours is loaded, so that our errors and answers are made of the watched classes.
import { afterEach, expect } from "vitest";

const SHAPES: readonly (readonly [what: string, shape: RegExp])[] = [
  ["a sealed value", /es1\.[\w-]{80,}/],
  ["an opaque credential", /eo1\.[\w-]{43}/],
  ["a token", /eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}/],
  ["a refresh token", /\b(?:ref|rt|refresh)_[\w-]*\d/],
  ["an API key", /(?<![\w-])sk_[\w-]{8,}/],
];

/** Secrets of session keys, learnt as they are read. */
const secrets = new Set<string>();
const leaks: string[] = [];

/** What of a text must not be shown; `null` when nothing is. */
function findSecret(text: string): string | null {
  for (const [what, shape] of SHAPES) if (shape.test(text)) return what;
  for (const secret of secrets) if (text.includes(secret)) return "a session key";
  return null;
}

/** Notes a leak for the test that is running. */
export function watch(where: string, value: unknown): void {
  const found = findSecret(typeof value === "string" ? value : (describe(value) ?? ""));
  if (found !== null) leaks.push(`${found} in ${where}`);
}

/** Leaks noted so far, and forgets them. */
export function takeLeaks(): readonly string[] {
  return leaks.splice(0);
}

function describe(value: unknown): string | undefined {
  if (value instanceof Error) return `${value.message} ${describe({ ...value })}`;
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value); // what cannot be serialised (a cycle, a bigint) is shown as the console would begin it
  }
}

function watchConsole(): void {
  for (const level of ["debug", "info", "log", "warn", "error"] as const) {
    const write = console[level].bind(console);
    console[level] = (...values: unknown[]) => {
      for (const value of values) watch(`console.${level}`, value);
      write(...values);
    };
  }
}

/** Our errors extend the class that stands here when they are loaded. */
function watchErrors(): void {
  const construct: ProxyHandler<ErrorConstructor>["construct"] = (target, args, newTarget) => {
    if (newTarget.name === "AuthError") watch("an AuthError", args[0]);
    return Reflect.construct(target, args, newTarget);
  };
  globalThis.Error = new Proxy(globalThis.Error, { construct });
}

/** The two bodies that bring a program what is meant for it alone: its session, and its code by way of a page of the app. */
const MEANT = /^\{"session":"es1\.[\w-]+"|"returnTo":"[^"?]+\?code=es1\.[\w-]+/;

/** Answers made by our own sources: those of providers in tests are made in tests, and full of tokens. */
function watchAnswers(): void {
  globalThis.Response = new Proxy(globalThis.Response, {
    construct(target, args, newTarget) {
      if (typeof args[0] === "string" && isOurs(new Error().stack ?? ""))
        watch("an answer's body", args[0].replace(MEANT, ""));
      return Reflect.construct(target, args, newTarget);
    },
  });
}

function isOurs(stack: string): boolean {
  const caller = stack.split("\n").find((line) => /packages\/.*\.[cm]?[jt]s/.test(line) && !line.includes("canary"));
  return caller?.includes("/src/lib/") === true && !caller.includes(".test.");
}

function learnSecrets(): void {
  const parse = JSON.parse;
  JSON.parse = (...args: Parameters<typeof parse>) => {
    const parsed: unknown = parse(...args);
    if (Array.isArray(parsed)) for (const entry of parsed) learn((entry as { secret?: unknown } | null)?.secret);
    return parsed;
  };
}

function learn(secret: unknown): void {
  if (typeof secret === "string" && secret.length >= 32) secrets.add(secret);
}

watchConsole();
watchErrors();
watchAnswers();
learnSecrets();
afterEach(() => {
  expect(takeLeaks(), "nothing that is secret is logged, thrown, raised or answered").toEqual([]);
});
