/** One number of an IPv4 address: decimal, and no leading zero, which some parsers read as octal. */
const DECIMAL = /^(?:0|[1-9]\d{0,2})$/;
/** One group of an IPv6 address. */
const GROUP = /^[0-9a-f]{1,4}$/i;
const GROUPS = 8;
/** The longest text there is: six full groups and an IPv4 address. */
const MAX_LENGTH = 45;

/**
 * Whose calls are counted together: an IPv4 address as it is, an IPv6 address with all others of its /64, because a single
 * customer has that whole network and may send each request from another address of it. Every spelling of an address (RFC
 * 5952 §2), an IPv4 address written as IPv6 among them, gives one text. `null` for what is no address: brackets, ports,
 * zones and lists are none.
 */
export function clientNetwork(address: string): string | null {
  if (address.length > MAX_LENGTH) return null;
  const ipv4 = parseIpv4(address);
  if (ipv4) return ipv4.join(".");
  const groups = parseIpv6(address);
  if (groups === null) return null;
  const embedded = embeddedIpv4(groups);
  if (embedded) return embedded.join(".");
  const network = groups.slice(0, 4).map((group) => group.toString(16));
  return `${network.join(":")}::/64`;
}

function parseIpv4(text: string): number[] | null {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => DECIMAL.test(part))) return null;
  const numbers = parts.map(Number);
  return numbers.every((number) => number <= 255) ? numbers : null;
}

/** RFC 4291 §2.2: eight groups, the last two perhaps as an IPv4 address, one `::` for one or more groups of zero. */
function parseIpv6(text: string): number[] | null {
  const [head = "", tail, ...more] = text.split("::");
  if (more.length > 0) return null;
  if (tail === undefined) {
    const groups = readGroups(head, true);
    return groups?.length === GROUPS ? groups : null;
  }
  const before = head === "" ? [] : readGroups(head, false);
  const after = tail === "" ? [] : readGroups(tail, true);
  if (before === null || after === null) return null;
  const left = GROUPS - before.length - after.length;
  return left > 0 ? [...before, ...Array<number>(left).fill(0), ...after] : null;
}

function readGroups(text: string, isEnd: boolean): number[] | null {
  const parts = text.split(":");
  const ipv4 = isEnd ? parseIpv4(parts.at(-1) ?? "") : null;
  if (ipv4) parts.pop();
  if (!parts.every((part) => GROUP.test(part))) return null;
  const groups = parts.map((part) => Number.parseInt(part, 16));
  if (ipv4 === null) return groups;
  const [a = 0, b = 0, c = 0, d = 0] = ipv4;
  return [...groups, (a << 8) | b, (c << 8) | d];
}

/**
 * `::ffff:0:0/96`, what a socket for both versions shows of IPv4 (RFC 4291 §2.5.5.2), and `64:ff9b::/96`, what a translator
 * makes of it (RFC 6052 §2.1): behind either prefix, all of IPv4 would be one /64.
 */
function embeddedIpv4(groups: readonly number[]): number[] | null {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, high = 0, low = 0] = groups;
  const mapped = (a | b | c | d | e) === 0 && f === 0xffff;
  const translated = a === 0x64 && b === 0xff9b && (c | d | e | f) === 0;
  return mapped || translated ? [high >> 8, high & 0xff, low >> 8, low & 0xff] : null;
}
