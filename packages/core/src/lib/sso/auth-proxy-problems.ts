import { isRecord } from "../base/json.js";
import {
  functionProblems,
  hasMethod,
  methodProblems,
  sinkProblems,
  type Unchecked,
  unknownOptions,
  wholeProblems,
} from "../base/option-checks.js";
import { providerUrl } from "../base/provider-url.js";
import { isCorsHeader, OF_THE_HOST } from "../identity/foreign-answer.js";
import { isReserved } from "../identity/identity-headers.js";
import { cookieNameProblem, isForeignCookie } from "../identity/own-cookies.js";
import { isListOf, methodListProblems } from "../identity/proxy-problems.js";
import { pathPatternProblem } from "../policy/path.js";
import { browserName } from "./cookie-passage.js";

const OPTIONS = ["hosts", "lookUp", "pages", "clientAddress", "cookieName", "fetch", "audit", "now"];
const RULE = [
  "upstream",
  "through",
  "paths",
  "methods",
  "cookies",
  "sameSite",
  "cookiePath",
  "hostPrefix",
  "headers",
  "answerHeaders",
  "origins",
  "redirects",
  "upstreamCsp",
  "deadlineSeconds",
];
const HEADER = /^[\w!#$%&'+.^`|~-]+$/;
/** What we set ourselves, what is meant for the next machine alone, and what has an option of its own. */
const NOT_SENT =
  /^(?:cookie|host|connection|keep-alive|te|trailer|transfer-encoding|upgrade|expect|content-length|proxy-.*|forwarded|x-forwarded.*|x-real-ip|accept-encoding)$/i;
/** The same of answers: our own policy says these. */
const NOT_SHOWN =
  /^(?:set-cookie|location|refresh|link|connection|keep-alive|te|trailer|transfer-encoding|upgrade|proxy-.*|content-security-policy.*|x-frame-options|referrer-policy|permissions-policy|cross-origin-.*|x-content-type-options|reporting-endpoints|server-timing)$/i;

/** Everything wrong with the options, each in a sentence with its cure; never with a URL, which may hold a password. */
export function authProxyProblems(options: unknown): readonly string[] {
  if (!isRecord(options)) return ["`createAuthProxy` takes an object of options."];
  const { hosts, lookUp, pages, cookieName, audit } = options;
  const problems = unknownOptions(options, OPTIONS, "createAuthProxy");
  if (hosts === undefined && lookUp === undefined) problems.push("`hosts` or `lookUp` must say which hosts there are.");
  if (hosts !== undefined && !isRecord(hosts)) problems.push("`hosts` must be an object of rules by host.");
  if (isRecord(hosts)) {
    if (Object.keys(hosts).length === 0 && lookUp === undefined) problems.push("`hosts` must name at least one host.");
    for (const [host, rule] of Object.entries(hosts)) problems.push(...hostProblems(rule, host, cookieName));
  }
  if (pages !== undefined && !hasMethod(pages, "apply")) {
    problems.push("`pages` must come from `createSecurityHeaders`.");
  }
  const cookie = cookieNameProblem(cookieName);
  if (cookie !== null) problems.push(cookie);
  problems.push(...sinkProblems(audit));
  return [...problems, ...functionProblems(options, ["lookUp", "clientAddress", "fetch", "now"])];
}

/** Everything wrong with the rule of one host. */
export function hostProblems(rule: unknown, host: string, cookieName: unknown): readonly string[] {
  const where = `hosts[${JSON.stringify(host)}]`;
  const problems: string[] = [];
  const asUrl = URL.parse(`https://${host}`);
  if (asUrl?.host !== host || asUrl.hostname.endsWith(".")) {
    problems.push(
      `\`${where}\` is named by no host: write it as browsers do, \`auth.example.com\`, with a port where the address shows one.`,
    );
  }
  if (!isRecord(rule)) return [...problems, `\`${where}\` must be an object such as \`{ upstream, paths, cookies }\`.`];
  return [
    ...problems,
    ...unknownOptions(rule, RULE, where),
    ...upstreamProblems(rule, where, host),
    ...pathProblems(rule, where),
    ...cookieProblems(rule, where, cookieName),
    ...headerProblems(rule, where),
    ...partProblems(rule, where),
  ];
}

function upstreamProblems({ upstream, through }: Unchecked, where: string, host: string): string[] {
  const url = typeof upstream === "string" ? URL.parse(upstream) : null;
  const isAllowed = through === undefined ? url !== null && providerUrl(url) !== null : url !== null;
  if (url === null || !isAllowed || !/^https?:$/.test(url.protocol) || url.origin !== upstream) {
    return [
      `\`${where}.upstream\` must be an origin such as \`https://api.example.com\` (http on a loopback host, or through a binding), without path and slash.`,
    ];
  }
  return url.host === host ? [`\`${where}.upstream\` is the host itself.`] : [];
}

function pathProblems({ paths, methods }: Unchecked, where: string): string[] {
  const problems: string[] = [];
  if (!Array.isArray(paths) || paths.length === 0) {
    problems.push(`\`${where}.paths\` must be a list of paths such as \`/v1/flow/*\`.`);
  } else {
    const told = paths.map(pathPatternProblem).filter((problem) => problem !== null);
    problems.push(...told.map((problem) => `\`${where}.paths\`: ${problem}`));
  }
  return [...problems, ...methodListProblems(methods, where)];
}

function cookieProblems(rule: Unchecked, where: string, cookieName: unknown): string[] {
  const { cookies, sameSite, cookiePath, hostPrefix } = rule;
  const problems: string[] = [];
  const inBrowsers = (name: unknown): unknown =>
    typeof name === "string" ? browserName(name, hostPrefix === true) : name;
  const isTheirs = (name: unknown): boolean => isForeignCookie(inBrowsers(name), cookieName);
  if (!Array.isArray(cookies) || !cookies.every(isTheirs)) {
    problems.push(
      `\`${where}.cookies\` must be a list of cookie names, in browsers none of them of a session or sign-in of ours.`,
    );
  } else if (new Set(cookies.map(inBrowsers)).size !== cookies.length) {
    problems.push(`\`${where}.cookies\` names a cookie twice, or two that are one with \`hostPrefix\`.`);
  }
  if (sameSite !== undefined && sameSite !== "lax" && sameSite !== "strict" && sameSite !== "none") {
    problems.push(`\`${where}.sameSite\` must be "lax", "strict" or "none".`);
  }
  if (cookiePath !== undefined && cookiePath !== "/")
    problems.push(`\`${where}.cookiePath\` must be "/", or left out.`);
  return problems;
}

function headerProblems({ headers, answerHeaders }: Unchecked, where: string): string[] {
  const problems: string[] = [];
  const isSent = (name: unknown): boolean => isHeader(name) && !NOT_SENT.test(name) && !isReserved(name);
  if (headers !== undefined && !isListOf(headers, isSent)) {
    problems.push(`\`${where}.headers\` must be a list of header names; those of the way here are ours to set.`);
  }
  const ofTheHost: readonly string[] = OF_THE_HOST.map((name) => name.toLowerCase());
  const isShown = (name: unknown): boolean =>
    isHeader(name) &&
    !NOT_SHOWN.test(name) &&
    !isCorsHeader(name) &&
    !isReserved(name) &&
    !ofTheHost.includes(name.toLowerCase());
  if (answerHeaders !== undefined && !isListOf(answerHeaders, isShown)) {
    problems.push(
      `\`${where}.answerHeaders\` must be a list of header names; what speaks for the host, and CORS, is ours to say.`,
    );
  }
  return problems;
}

function partProblems(rule: Unchecked, where: string): string[] {
  const { through, origins, redirects, deadlineSeconds } = rule;
  const problems = methodProblems(`${where}.through`, through, ["fetch"], "a service binding");
  for (const [name, part] of Object.entries({ origins, redirects })) {
    if (part !== undefined && !hasMethod(part, "allows")) {
      problems.push(`\`${where}.${name}\` must come from \`createOrigins\`.`);
    }
  }
  for (const name of ["hostPrefix", "upstreamCsp"]) {
    const value = rule[name];
    if (value !== undefined && typeof value !== "boolean") problems.push(`\`${where}.${name}\` must be true or false.`);
  }
  return [...problems, ...wholeProblems(`${where}.deadlineSeconds`, deadlineSeconds, [1, 3_600])];
}

function isHeader(name: unknown): name is string {
  return typeof name === "string" && HEADER.test(name);
}
