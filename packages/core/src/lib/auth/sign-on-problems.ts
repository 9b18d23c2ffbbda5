import { isRecord } from "../base/json.js";
import { hasMethod, type Unchecked } from "../base/option-checks.js";
import type { SignOn } from "../flow/sign-on.js";

const METHODS = ["problems", "isDestination", "realmAt", "login", "ask"] as const;

/** Everything wrong with the option `sso`, in a sentence each. */
export function signOnProblems({ sso, ledger, cookie, store }: Unchecked): readonly string[] {
  if (sso === undefined) return [];
  if (isSignOn(sso)) return sso.problems({ ledger, cookie, store });
  return ["`sso` must come from `ssoHub`, `ssoDestination` or `ssoNetwork` of `@edgeseal/core/sso`."];
}

function isSignOn(value: unknown): value is SignOn {
  return isRecord(value) && value.routes instanceof Map && METHODS.every((method) => hasMethod(value, method));
}
