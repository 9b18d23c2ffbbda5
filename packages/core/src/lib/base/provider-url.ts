/**
 * The one rule for every URL of a provider: https anywhere, http on a loopback host only
 * (`localhost`, `*.localhost`, 127.0.0.0/8, `[::1]`; RFC 6761 §6.3, RFC 8252 §8.3). `null` for everything else.
 */
export function providerUrl(text: string | URL): URL | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") return null;
  if (url.protocol === "https:") return url;
  return url.protocol === "http:" && isLoopback(url.hostname) ? url : null;
}

export function isLoopback(hostname: string): boolean {
  return (
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    hostname === "[::1]" ||
    /^127(\.\d{1,3}){3}$/.test(hostname)
  );
}
