export type AuthErrorCode =
  | "config_invalid"
  | "clock_in_milliseconds"
  | "session_too_large"
  | "payload_too_large"
  | "keys_unreachable"
  | "provider_unreachable"
  | "provider_malformed"
  | "store_unreachable"
  | "crypto_failure"
  | "rng_failure";

/**
 * Our own fault or our surroundings'. What a caller did wrong is returned as a reason, never thrown.
 * The message names the option, variable or part and its cure; it never carries a secret, a token or a sealed value.
 */
export class AuthError<Code extends AuthErrorCode = AuthErrorCode> extends Error {
  override readonly name = "AuthError" as const;
  readonly code: Code;
  /**
   * With `config_invalid`: one sentence per problem, naming the option or variable and its cure.
   * With `session_too_large`: the largest parts of the session and their bytes. Otherwise empty.
   */
  readonly problems: readonly string[];

  constructor(
    code: Code,
    message: string,
    options: { readonly cause?: unknown; readonly problems?: readonly string[] } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.problems = Object.freeze([...(options.problems ?? [])]);
  }
}

/** Tells an `AuthError` (of one code, if given) from everything else, also across copies of the package. */
export function isAuthError<Code extends AuthErrorCode = AuthErrorCode>(
  error: unknown,
  code?: Code,
): error is AuthError<Code> {
  if (!(error instanceof Error) || error.name !== "AuthError") return false;
  const found = (error as { code?: unknown }).code;
  return typeof found === "string" && (code === undefined || found === code);
}

/** Throws `config_invalid` with every problem found, or does nothing when there is none. */
export function refuseConfig(problems: readonly [string, ...string[]]): never;
export function refuseConfig(problems: readonly string[]): void;
export function refuseConfig(problems: readonly string[]): void {
  if (problems.length === 0) return;
  throw new AuthError("config_invalid", `edgeseal is configured wrongly:\n- ${problems.join("\n- ")}`, { problems });
}
