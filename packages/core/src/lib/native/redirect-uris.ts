const MAX_LENGTH = 512;
const LOOPBACK = /^http:\/\/(?:127\.0\.0\.1|\[::1\])(?=\/)/;
const LOOPBACK_WITH_PORT = /^(http:\/\/(?:127\.0\.0\.1|\[::1\])):([1-9]\d{0,4})(?=\/)/;
const HIGHEST_PORT = 65_535;
/** RFC 8252 §7.1: the reverse of a name that the app's makers own, so it has a dot; `javascript:` and its like have none. */
const PRIVATE_SCHEME = /^([a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+):\//;
/** What a redirect can carry as it is, and a program's own parser reads as we do. */
const PLAIN = /^[A-Za-z0-9._~:/[\]@!$&'()*+,;=%-]+$/;

/**
 * Compared as texts, character by character, so that no two parsers can read two addresses in one. Only the port of a
 * loopback address may be any: a program gets one from its system when it starts to listen (RFC 8252 §7.3).
 */
export function isRegistered(registered: readonly string[], asked: string): boolean {
  return registered.includes(asked) || registered.includes(withoutPort(asked));
}

function withoutPort(address: string): string {
  const [whole, origin = "", port] = LOOPBACK_WITH_PORT.exec(address) ?? [];
  if (whole === undefined || Number(port) > HIGHEST_PORT) return address;
  return origin + address.slice(whole.length);
}

/** Where the system itself proves which app an address belongs to (RFC 8252 §7.2). */
export function isClaimed(redirectUri: string): boolean {
  return redirectUri.startsWith("https:");
}

/** How a person may know the program. */
export function clientName(redirectUri: string): string {
  const [, scheme] = PRIVATE_SCHEME.exec(redirectUri) ?? [];
  if (scheme !== undefined) return `the app ${scheme}`;
  return isClaimed(redirectUri) ? `the app of ${new URL(redirectUri).host}` : "a program on this computer";
}

/** What the program hears, with the state that it gave, if any. */
export function backTo(redirectUri: string, parameters: Readonly<Record<string, string>>, state: string): string {
  return `${redirectUri}?${new URLSearchParams({ ...parameters, ...(state !== "" && { state }) })}`;
}

/** Everything wrong with the addresses that sign-ins may go back to, in a sentence each. */
export function redirectUriProblems(redirectUris: unknown): readonly string[] {
  if (!Array.isArray(redirectUris) || redirectUris.length === 0) {
    return ["`redirectUris` must list where sign-ins may go back to: `http://127.0.0.1/callback` for programs."];
  }
  return redirectUris.flatMap((uri: unknown) => {
    const problem = problemOf(uri);
    return problem === null ? [] : [`The redirect URI ${JSON.stringify(uri)} ${problem}`];
  });
}

function problemOf(uri: unknown): string | null {
  if (typeof uri !== "string" || uri.length > MAX_LENGTH || !PLAIN.test(uri)) {
    return `must be an address of at most ${MAX_LENGTH} characters, without a query and a fragment.`;
  }
  if (PRIVATE_SCHEME.test(uri)) return null;
  if (/^http:\/\/localhost[:/]/.test(uri))
    return "must name 127.0.0.1 or [::1]: what `localhost` is, others may decide.";
  if (LOOPBACK_WITH_PORT.test(uri)) return "must be written without a port: every port matches.";
  const parsed = URL.parse(uri);
  const isPlain = parsed !== null && parsed.href === uri && parsed.username === "" && parsed.password === "";
  if (isPlain && (LOOPBACK.test(uri) || isClaimed(uri))) return null;
  return "must be a loopback address (`http://127.0.0.1/callback`), a scheme of your own with a dot (`com.example.app:/callback`), or an https address, written as a browser would.";
}
