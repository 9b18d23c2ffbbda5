import type { AuditEventType, AuditFact, Background, Emit } from "../src/lib/base/ports.js";
import { watch } from "./canary.js";

export interface RecordedEvents {
  readonly emit: Emit;
  readonly facts: readonly AuditFact[];
  /** In their order. */
  types(): readonly AuditEventType[];
  of(type: AuditEventType): readonly AuditFact[];
  clear(): void;
}

export function recordEvents(): RecordedEvents {
  const facts: AuditFact[] = [];
  return {
    emit(fact) {
      watch("an event", fact);
      facts.push(fact);
    },
    facts,
    types: () => facts.map((fact) => fact.type),
    of: (type) => facts.filter((fact) => fact.type === type),
    clear: () => void facts.splice(0),
  };
}

export interface RecordedBackground extends Background {
  readonly promises: readonly Promise<unknown>[];
  /** When everything given away so far, and what that gave away in turn, is done. Rejects when any of it does. */
  settled(): Promise<void>;
}

export function recordBackground(): RecordedBackground {
  const promises: Promise<unknown>[] = [];
  return {
    waitUntil: (promise) => void promises.push(promise),
    promises,
    async settled() {
      for (let at = 0; at < promises.length; at++) await promises[at];
    },
  };
}
