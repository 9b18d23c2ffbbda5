import { createRateLimit } from "@edgeseal/core/policies";
import { expect, it } from "vitest";
import { clientAddress } from "./client-address.js";

function from(headers: Record<string, string>): Request {
  return new Request("https://app.example.com/auth/token", { method: "POST", headers });
}

it("RL-04 takes no header that a client writes for an address", () => {
  const forged = {
    "X-Forwarded-For": "198.51.100.1",
    "X-Real-IP": "198.51.100.2",
    Forwarded: "for=198.51.100.3",
    "True-Client-IP": "198.51.100.4",
    "X-Client-IP": "198.51.100.5",
    "CF-Connecting-IPv6": "2001:db8::6",
    CF_Connecting_IP: "198.51.100.7",
  };
  expect(clientAddress(from(forged))).toBe("");
  expect(clientAddress(from({ ...forged, "CF-Connecting-IP": "192.0.2.1" }))).toBe("192.0.2.1");
});

it("RL-04 a doubled header is no address: it is counted with those who have none", async () => {
  const doubled = from({ "CF-Connecting-IP": "192.0.2.1" });
  doubled.headers.append("CF-Connecting-IP", "198.51.100.7");
  const keys: string[] = [];
  const limiter = {
    async limit({ key }: { key: string }) {
      keys.push(key);
      return { success: true };
    },
  };
  const rateLimit = createRateLimit({ rules: { "/auth/token": { limiter, whenDown: "open" } } });
  for (const request of [doubled, from({})]) {
    expect(await rateLimit.decide(request, "/auth/token", clientAddress(request))).toEqual({
      refusal: null,
      facts: [{ type: "no_client_address", reason: "/auth/token" }],
    });
  }
  expect(new Set(keys).size).toBe(1);
});
