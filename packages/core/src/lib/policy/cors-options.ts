import { isRecord } from "../base/json.js";
import { hasMethod, unknownOptions } from "../base/option-checks.js";
import type { Origins } from "./origins.js";

export interface CorsOptions {
  readonly origins: Origins;
  /** Default `GET, HEAD, POST, PUT, PATCH, DELETE`. */
  readonly methods?: readonly string[];
  /** What a script of another origin may send. Default `Content-Type, X-Requested-With, X-Expected-Org`. */
  readonly headers?: readonly string[];
  /** What a script of another origin may read, beside what every script may. Default: none. */
  readonly exposeHeaders?: readonly string[];
  /** How long a browser keeps the answer to a preflight, in seconds. Default 600; at most 7,200. */
  readonly maxAgeSeconds?: number;
}

/** Chromium's cap; WebKit's is ten minutes. */
const MOST_AGE_SECONDS = 7_200;

const HEADER = /^[\w!#$%&'+.^`|~-]+$/;

/** Everything wrong with the options of `createCors`, each in a sentence with its cure. */
export function corsProblems(options: unknown): readonly string[] {
  if (!isRecord(options)) return ["`createCors` takes an object of options."];
  const { origins, methods, headers, exposeHeaders, maxAgeSeconds } = options;
  const known = ["origins", "methods", "headers", "exposeHeaders", "maxAgeSeconds"];
  const problems = unknownOptions(options, known, "createCors");
  if (!hasMethod(origins, "allows")) {
    problems.push(
      "`origins` must come from `createOrigins({ allow: […] })`: cookies are sent along, so there is no default and no " +
        "wildcard (wildcard_with_credentials).",
    );
  }
  problems.push(
    // Browsers send methods in upper case (`patch` stays as it is, and is another one), and they are compared as they are.
    ...namesProblems("methods", methods, { example: "`GET`", form: /^[\dA-Z!#$%&'+.^_`|~-]+$/ }),
    ...namesProblems("headers", headers, { example: "`Content-Type`", form: HEADER }),
    ...namesProblems("exposeHeaders", exposeHeaders, { example: "`X-Total-Count`", form: HEADER }),
  );
  const isAge =
    Number.isInteger(maxAgeSeconds) && Number(maxAgeSeconds) >= 0 && Number(maxAgeSeconds) <= MOST_AGE_SECONDS;
  if (maxAgeSeconds !== undefined && !isAge) {
    problems.push(`\`maxAgeSeconds\` must be whole seconds from 0 to ${MOST_AGE_SECONDS}.`);
  }
  return problems;
}

interface Names {
  readonly example: string;
  readonly form: RegExp;
}

function namesProblems(option: string, names: unknown, { example, form }: Names): string[] {
  if (names === undefined) return [];
  if (!Array.isArray(names)) return [`\`${option}\` must be a list of names such as ${example}.`];
  if (names.includes("*")) {
    return [`\`${option}\` must name each one: \`*\` is no wildcard beside cookies (wildcard_with_credentials).`];
  }
  const areNames = names.every((name) => typeof name === "string" && form.test(name));
  return areNames ? [] : [`\`${option}\` must hold names such as ${example} alone.`];
}
