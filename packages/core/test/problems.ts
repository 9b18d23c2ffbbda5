import { isAuthError } from "../src/lib/base/errors.js";

/** What a configuration is refused with: every problem, or none. Whatever else is thrown is thrown on. */
export function problemsOf(make: () => unknown): readonly string[] {
  try {
    make();
    return [];
  } catch (error) {
    if (isAuthError(error, "config_invalid")) return error.problems;
    throw error;
  }
}
