import type { ClockOption } from "../base/ports.js";
import { matchesOrigin, originLabels, readOriginPattern } from "../policy/origin-pattern.js";
import { createOriginRegistry } from "../policy/origin-registry.js";
import type { LoginRelayOptions } from "./relay-options.js";

/** `realm_mismatch`: a preview is there, and runs as something else than it should. */
export type RelayVerdict = "allowed" | "origin_unknown" | "realm_mismatch";

/** The realm that a preview of this origin runs as; `null` for an origin that the rule is not about. */
type Rule = (origin: string, labels: readonly string[]) => string | null;

/** Whether an answer may go to this origin, for a flow of this realm. Out of options that were checked. */
export function createRelayRules(
  options: Pick<LoginRelayOptions, "previews" | "registered"> & ClockOption,
): (origin: string, realm: string) => Promise<RelayVerdict> {
  const { previews = {}, registered } = options;
  const rules = Object.entries(previews).map(([origin, realm]) => ruleFor(origin, realm));
  const isRegistered = registered && createOriginRegistry(registered.store, options);

  return async (origin, realm) => {
    const labels = originLabels(origin) ?? [];
    const realms = rules.map((realmOf) => realmOf(origin, labels)).filter((found) => found !== null);
    if (realms.includes(realm)) return "allowed";
    if (isRegistered && (await isRegistered(origin))) return registered.realm === realm ? "allowed" : "realm_mismatch";
    return realms.length > 0 ? "realm_mismatch" : "origin_unknown";
  };
}

function ruleFor(written: string, realm: string): Rule {
  if (!written.includes("{")) return (origin) => (origin === written ? realm : null);
  const pattern = readOriginPattern(written);
  const writtenLabels = originLabels(written);
  if ("problem" in pattern || writtenLabels === null) return () => null;
  return (_, labels) => (matchesOrigin(pattern, labels) ? fill(realm, placeholdersOf(writtenLabels, labels)) : null);
}

/** What each placeholder of a pattern stands for in labels that it matches. */
function placeholdersOf(pattern: readonly string[], labels: readonly string[]): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const [at, label] of pattern.entries()) {
    const [, before = "", name, after = ""] = /^(.*)\{([a-z]+)\}(.*)$/.exec(label) ?? [];
    const found = labels[at] ?? "";
    if (name !== undefined) values.set(name, found.slice(before.length, found.length - after.length));
  }
  return values;
}

function fill(realm: string, values: ReadonlyMap<string, string>): string {
  return realm.replace(/\{([a-z]+)\}/g, (_, name: string) => values.get(name) ?? "");
}
