import { beforeEach, describe, expect, test } from "vitest";
import type { AuditFact } from "../base/ports.js";
import { type Circuit, createCircuit } from "./circuit.js";
import { guardProvider } from "./guarded-provider.js";
import type { Provider, ProviderAnswer } from "./provider.js";

let now: number;
let events: AuditFact[];
let circuit: Circuit;

beforeEach(() => {
  now = 1_800_000_000;
  events = [];
  circuit = createCircuit({ now: () => now, emit: (fact) => void events.push(fact) });
});

describe("RF-07 a circuit", () => {
  test("opens at once on Retry-After, for that long and 120 seconds at most, with one event", () => {
    circuit.failed(120);
    expect(circuit.refusesFor()).toBe(120);
    now += 119;
    expect(circuit.refusesFor()).toBe(1);
    now += 1;
    expect(circuit.refusesFor()).toBeNull();
    circuit.failed(86_400);
    expect(circuit.refusesFor()).toBe(120);
    expect(events).toEqual([{ type: "circuit_opened", reason: "retry_after" }]);
  });

  test("opens at the third failure in a row, for 5 seconds, then twice as long, up to 60", () => {
    circuit.failed();
    circuit.failed();
    expect(circuit.refusesFor()).toBeNull();
    const pauses: (number | null)[] = [];
    for (let i = 0; i < 6; i++) {
      circuit.failed();
      const pause = circuit.refusesFor();
      pauses.push(pause);
      now += pause ?? 0;
      expect(circuit.refusesFor()).toBeNull(); // the probe
    }
    expect(pauses).toEqual([5, 10, 20, 40, 60, 60]);
    expect(events).toEqual([{ type: "circuit_opened", reason: "failures" }]);
  });

  test("a success between two failures starts the count again", () => {
    for (let i = 0; i < 10; i++) {
      circuit.failed();
      circuit.failed();
      circuit.answered();
    }
    expect(circuit.refusesFor()).toBeNull();
    expect(events).toEqual([]);
  });

  test("half-open lets one probe through, and a probe that died blocks nobody longer than 10 seconds", () => {
    circuit.failed(5);
    now += 5;
    expect(circuit.refusesFor()).toBeNull();
    expect(circuit.refusesFor()).toBe(10);
    now += 9;
    expect(circuit.refusesFor()).toBe(1);
    now += 1;
    expect(circuit.refusesFor()).toBeNull();
    circuit.answered();
    expect(circuit.refusesFor()).toBeNull();
    expect(circuit.refusesFor()).toBeNull();
  });

  test("of two late answers the longer pause counts", () => {
    circuit.failed(100);
    circuit.failed(5);
    expect(circuit.refusesFor()).toBe(100);
  });
});

describe("RF-07 a guarded provider", () => {
  let calls: number;
  let answer: ProviderAnswer;
  const call = async () => {
    calls++;
    return answer;
  };
  const guarded = () =>
    guardProvider(
      { name: "p", exchange: call, refresh: call, selectOrganization: call } as unknown as Provider,
      circuit,
    );
  beforeEach(() => {
    calls = 0;
  });

  test("makes no call while the circuit is open, and says how long", async () => {
    answer = { ok: false, final: false, retryAfterSeconds: 120 };
    const provider = guarded();
    expect(await provider.refresh({ refreshToken: "r" })).toEqual(answer);
    for (let i = 0; i < 100; i++) {
      expect(await provider.refresh({ refreshToken: "r" })).toEqual(answer);
      expect(await provider.exchange({ code: "c", codeVerifier: "v" })).toEqual(answer);
      expect(await provider.selectOrganization?.({ pendingToken: "p", organizationId: "o" })).toEqual(answer);
    }
    expect(calls).toBe(1);
    now += 120;
    answer = { ok: true, accessToken: "a" };
    const all = await Promise.all(Array.from({ length: 10 }, () => provider.refresh({ refreshToken: "r" })));
    expect(all.filter(({ ok }) => ok)).toHaveLength(1);
    expect(calls).toBe(2);
    expect(await provider.refresh({ refreshToken: "r" })).toEqual(answer);
  });

  test.each<ProviderAnswer>([
    { ok: false, final: true, reason: "invalid_grant" },
    { ok: false, final: false, code: "invalid_organization_id" },
    { ok: true, accessToken: "a" },
  ])("takes %j for an answer, however often it comes", async (given) => {
    answer = given;
    const provider = guarded();
    for (let i = 0; i < 10; i++) expect(await provider.refresh({ refreshToken: "r" })).toEqual(given);
    expect(calls).toBe(10);
    expect(events).toEqual([]);
  });

  test("keeps the methods of a provider that is an instance of a class", async () => {
    class Custom {
      readonly name = "custom";
      async refresh(): Promise<ProviderAnswer> {
        return { ok: true, accessToken: this.name };
      }
      logoutUrl(): string {
        return this.name;
      }
      async organizations() {
        return [{ id: this.name }];
      }
    }
    const provider = guardProvider(new Custom() as unknown as Provider, circuit);
    expect(await provider.refresh({ refreshToken: "r" })).toEqual({ ok: true, accessToken: "custom" });
    expect(provider.logoutUrl({})).toBe("custom");
    expect(await provider.organizations?.({ userId: "u" })).toEqual([{ id: "custom" }]);
  });

  test("leaves out what the provider cannot do", () => {
    const plain = guardProvider({ name: "p", exchange: call, refresh: call } as unknown as Provider, circuit);
    expect(plain.selectOrganization).toBeUndefined();
    expect(plain.name).toBe("p");
  });
});
