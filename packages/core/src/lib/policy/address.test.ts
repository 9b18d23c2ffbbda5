import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clientNetwork } from "./address.js";

const group = fc.integer({ min: 0, max: 0xffff });
const octet = fc.integer({ min: 0, max: 255 });
const ipv4 = fc.tuple(octet, octet, octet, octet);
/** Often zero, so that there is something to compress. */
const ipv6 = fc.array(fc.oneof(fc.constant(0), group), { minLength: 8, maxLength: 8 });

/** One of the spellings RFC 4291 §2.2 allows: case, leading zeros, one run of zeros left out. */
function spell(groups: readonly number[], style: { upper: boolean; padded: boolean; run: number }): string {
  const texts = groups.map((value) => value.toString(16).padStart(style.padded ? 4 : 1, "0"));
  const zeros = [...groups.keys()].filter((index) => groups[index] === 0);
  const start = zeros[style.run % Math.max(1, zeros.length)];
  let text = texts.join(":");
  if (start !== undefined) {
    let end = start;
    while (groups[end] === 0) end += 1;
    text = `${texts.slice(0, start).join(":")}::${texts.slice(end).join(":")}`;
  }
  return style.upper ? text.toUpperCase() : text;
}

describe("RL-03 one client, one bucket", () => {
  test.each([
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::FFFF:192.0.2.1", "192.0.2.1"],
    ["::ffff:c000:201", "192.0.2.1"],
    ["0:0:0:0:0:ffff:c000:0201", "192.0.2.1"],
    ["0000:0000:0000:0000:0000:FFFF:192.0.2.1", "192.0.2.1"],
    ["64:ff9b::192.0.2.1", "192.0.2.1"],
    ["192.0.2.1", "192.0.2.1"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["2001:0DB8:0000:0000:0000:0000:0000:0001", "2001:db8:0:0::/64"],
    ["2001:db8:0:0:ffff:ffff:ffff:ffff", "2001:db8:0:0::/64"],
    ["2001:db8:0:1::1", "2001:db8:0:1::/64"],
    ["::1", "0:0:0:0::/64"],
    ["::", "0:0:0:0::/64"],
    ["1:2:3:4:5:6:7::", "1:2:3:4::/64"],
    ["::2:3:4:5:6:7:8", "0:2:3:4::/64"],
    ["::ffff:0:192.0.2.1", "0:0:0:0::/64"],
    ["1:2:3:4:5:6:192.0.2.1", "1:2:3:4::/64"],
  ])("%s is counted as %s", (address, network) => {
    expect(clientNetwork(address)).toBe(network);
  });

  test("every spelling of every address of a /64 gives one text", () => {
    const style = fc.record({ upper: fc.boolean(), padded: fc.boolean(), run: fc.nat(7) });
    fc.assert(
      fc.property(ipv6, fc.array(group, { minLength: 4, maxLength: 4 }), style, (groups, host, spelling) => {
        fc.pre(groups.slice(0, 4).some((value) => value !== 0) && groups[0] !== 0x64);
        const neighbour = [...groups.slice(0, 4), ...host];
        expect(clientNetwork(spell(neighbour, spelling))).toBe(
          clientNetwork(groups.map((g) => g.toString(16)).join(":")),
        );
      }),
    );
  });

  test("two /64 are never one text", () => {
    fc.assert(
      fc.property(ipv6, ipv6, (a, b) => {
        const same = a.slice(0, 4).join() === b.slice(0, 4).join();
        const [one, other] = [a, b].map((groups) => clientNetwork(groups.map((g) => g.toString(16)).join(":")));
        // What holds an IPv4 address is a client of its own within its /64.
        fc.pre(!(one?.includes(".") || other?.includes(".")));
        expect(one === other).toBe(same);
      }),
    );
  });

  test("an IPv4 address is one text in all of its forms", () => {
    fc.assert(
      fc.property(ipv4, ([a, b, c, d]) => {
        const text = `${a}.${b}.${c}.${d}`;
        const hex = `::ffff:${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
        expect([text, `::ffff:${text}`, hex].map(clientNetwork)).toEqual([text, text, text]);
      }),
    );
  });
});

describe("RL-04 what is no address", () => {
  test.each([
    "",
    " ",
    "unknown",
    "192.0.2.1, 198.51.100.7",
    "192.0.2.1 ",
    "192.0.2",
    "192.0.2.1.1",
    "192.0.2.256",
    "192.0.2.01",
    "0300.0.2.1",
    "0xc0.0.2.1",
    "3221225985",
    "192.0.2.1:443",
    "[2001:db8::1]",
    "[2001:db8::1]:443",
    "2001:db8::1%eth0",
    "2001:db8::1/64",
    "2001:db8::1::2",
    ":::",
    "::::",
    ":",
    ":1",
    "1:",
    "1:2:3:4:5:6:7:",
    ":1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4::5:6:7:8",
    "12345::",
    "g::",
    "::192.0.2.1:1",
    "192.0.2.1::",
    "::ffff:192.0.2",
    "１９２.0.2.1",
    "1".repeat(46),
  ])("%j is refused", (text) => {
    expect(clientNetwork(text)).toBeNull();
  });

  test("any text gives a network in its one form, or nothing", () => {
    const anything = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string({ unit: fc.constantFrom(..."0123456789abcdefABCDEF:.%[]/, ") }),
    );
    fc.assert(
      fc.property(anything, (text) => {
        const network = clientNetwork(text);
        if (network === null) return;
        expect(network).toMatch(/^(?:(?:\d{1,3}\.){3}\d{1,3}|(?:[0-9a-f]{1,4}:){4}:\/64)$/);
        expect(clientNetwork(network.replace("/64", ""))).toBe(network);
      }),
    );
  });
});
