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
import { canonicalPath, pathPatternProblem } from "../policy/path.js";
import { cookieNameProblem, isForeignCookie } from "./own-cookies.js";
import { isPartyName } from "./party-name.js";

const OPTIONS = ["routes", "identity", "cookieName", "origins", "fetch", "audit", "now"];
const ROUTE = [
  "prefix",
  "to",
  "through",
  "paths",
  "methods",
  "access",
  "deadlineSeconds",
  "credentials",
  "audience",
  "cookies",
  "accessControl",
];
const CREDENTIALS: readonly unknown[] = [undefined, "access-token", "identity", "none"];

/** Everything wrong with the options, each in a sentence with its cure; never with a URL, which may hold a password. */
export function proxyProblems(options: unknown): readonly string[] {
  if (!isRecord(options)) return ["`createProxy` takes an object of options."];
  const { routes, identity, cookieName, origins, audit } = options;
  const problems = unknownOptions(options, OPTIONS, "createProxy");
  if (!Array.isArray(routes) || routes.length === 0) problems.push("`routes` must be a list with at least one route.");
  else problems.push(...routes.flatMap((route, at) => routeProblems(route, at, options)), ...repeated(routes));
  if (identity !== undefined && !hasMethod(identity, "forward")) {
    problems.push("`identity` must come from `createIdentityForwarder`.");
  }
  if (origins !== undefined && !hasMethod(origins, "allows")) {
    problems.push("`origins` must come from `createOrigins`.");
  }
  problems.push(...sinkProblems(audit));
  const cookie = cookieNameProblem(cookieName);
  if (cookie !== null) problems.push(cookie);
  return [...problems, ...functionProblems(options, ["fetch", "now"])];
}

function routeProblems(route: unknown, at: number, options: Unchecked): string[] {
  const where = `routes[${at}]`;
  if (!isRecord(route)) return [`\`${where}\` must be an object such as \`{ prefix, to }\`.`];
  return [
    ...unknownOptions(route, ROUTE, where),
    ...placeProblems(route, where),
    ...credentialProblems(route, where, options.identity),
    ...answerProblems(route, where, options.cookieName),
  ];
}

function placeProblems(route: Unchecked, where: string): string[] {
  const { prefix, to, through, paths, methods, access, deadlineSeconds } = route;
  const problems: string[] = [];
  if (typeof prefix !== "string" || prefix.includes("*") || pathPatternProblem(prefix) !== null) {
    problems.push(`\`${where}.prefix\` must be a path such as \`/api/projects\`, without \`*\` and slash at its end.`);
  } else if (paths !== undefined) problems.push(...pathProblems(paths, prefix, where));
  if (!isUpstream(to, through !== undefined)) {
    problems.push(
      `\`${where}.to\` must be an https URL (http on a loopback host, or through a binding), without query and password.`,
    );
  }
  problems.push(...methodProblems(`${where}.through`, through, ["fetch"], "a service binding"));
  problems.push(...methodListProblems(methods, where));
  if (access !== undefined && access !== "session" && access !== "public") {
    problems.push(`\`${where}.access\` must be "session" or "public".`);
  }
  return [...problems, ...wholeProblems(`${where}.deadlineSeconds`, deadlineSeconds, [1, 3_600])];
}

function pathProblems(paths: unknown, prefix: string, where: string): string[] {
  if (!Array.isArray(paths) || paths.length === 0)
    return [`\`${where}.paths\` must be a list of paths below the prefix.`];
  return paths.flatMap((path) => {
    const problem = pathPatternProblem(path);
    if (problem !== null) return [`\`${where}.paths\`: ${problem}`];
    const isBelow = prefix === "/" || path === prefix || path.startsWith(`${prefix}/`);
    return isBelow ? [] : [`\`${where}.paths\` names ${JSON.stringify(path)}, which is not below the prefix.`];
  });
}

function credentialProblems({ credentials, audience }: Unchecked, where: string, identity: unknown): string[] {
  const problems: string[] = [];
  if (!CREDENTIALS.includes(credentials)) {
    problems.push(`\`${where}.credentials\` must be "access-token", "identity" or "none".`);
  }
  if (credentials !== "identity") {
    if (audience !== undefined) problems.push(`\`${where}.audience\` is for \`credentials: "identity"\` alone.`);
    return problems;
  }
  if (identity === undefined) problems.push(`\`identity\` is missing: \`${where}\` asks for it.`);
  if (!isPartyName(audience)) {
    problems.push(`\`${where}.audience\` must name the service: 1 to 256 printable characters.`);
  }
  return problems;
}

function answerProblems({ cookies, accessControl }: Unchecked, where: string, cookieName: unknown): string[] {
  const problems: string[] = [];
  if (cookies !== undefined && !isListOf(cookies, (name) => isForeignCookie(name, cookieName))) {
    problems.push(`\`${where}.cookies\` must be a list of cookie names, none of them of a session or sign-in of ours.`);
  }
  if (accessControl !== undefined && typeof accessControl !== "boolean") {
    problems.push(`\`${where}.accessControl\` must be true or false.`);
  }
  return problems;
}

function repeated(routes: readonly unknown[]): string[] {
  const prefixes = routes.map((route) => (isRecord(route) ? route.prefix : undefined));
  const twice = prefixes.filter((prefix, at) => typeof prefix === "string" && prefixes.indexOf(prefix) !== at);
  return [...new Set(twice)].map((prefix) => `Two routes have the prefix ${JSON.stringify(prefix)}.`);
}

function isUpstream(to: unknown, isBound: boolean): boolean {
  const url = typeof to === "string" ? URL.parse(to) : null;
  if (typeof to !== "string" || url === null || /[?#]/.test(to)) return false;
  const isFine = isBound
    ? /^https?:$/.test(url.protocol) && url.username + url.password === ""
    : providerUrl(url) !== null;
  // Its path is put before those of visitors: what two servers could read differently would be so for all of them.
  return isFine && canonicalPath(to) !== null && !url.pathname.includes("%");
}

export function isListOf(list: unknown, isFine: (item: unknown) => boolean): boolean {
  return Array.isArray(list) && list.length > 0 && list.every(isFine);
}

/** Which methods an upstream is sent; both proxies say it alike. */
export function methodListProblems(methods: unknown, where: string): string[] {
  if (methods === undefined || isListOf(methods, isMethod)) return [];
  return [`\`${where}.methods\` must be a list of methods in capitals; CONNECT and TRACE are never passed on.`];
}

function isMethod(method: unknown): boolean {
  return typeof method === "string" && /^[A-Z]+$/.test(method) && method !== "CONNECT" && method !== "TRACE";
}
