import type { CopiedRecord, EndedWhich, SessionRecord } from "@edgeseal/core/adapter";
import { callInput } from "./call-input.js";

const input = /* @__PURE__ */ callInput("sessions");

/** The longest record there is: what does not fit the cookies lies here. */
const MAX_SEALED = 65_536;
/** Hashes have 43 characters. */
const MAX_NAME = 128;
const MAX_ORGANIZATION = 1_024;
const MAX_USER_AGENT = 256;
const MAX_ADDRESS = 64;

/** Only the fields that are known are kept. */
export function readRecord(given: unknown): SessionRecord {
  const { key, name, sealed, generation, createdAt, expiresAt, endsAt, renewAt, ...facts } = input.fields(
    "record",
    given,
  );
  const { organizationId, userAgent, ipAddress } = facts;
  return {
    key: input.text("key", key, MAX_NAME),
    name: input.text("name", name, MAX_NAME),
    sealed: input.text("sealed", sealed, MAX_SEALED),
    generation: input.whole("generation", generation),
    createdAt: input.whole("createdAt", createdAt),
    expiresAt: input.whole("expiresAt", expiresAt),
    endsAt: input.whole("endsAt", endsAt),
    ...(renewAt !== undefined && { renewAt: input.whole("renewAt", renewAt) }),
    ...(organizationId !== undefined && {
      organizationId: input.text("organizationId", organizationId, MAX_ORGANIZATION),
    }),
    ...(userAgent !== undefined && { userAgent: input.text("userAgent", userAgent, MAX_USER_AGENT) }),
    ...(ipAddress !== undefined && { ipAddress: input.text("ipAddress", ipAddress, MAX_ADDRESS) }),
  };
}

export function readKey(given: unknown): string {
  return input.text("key", given, MAX_NAME);
}

/** Versions are milliseconds, and larger than times in seconds. */
export function readKnown(given: unknown): number | undefined {
  if (given === undefined || (typeof given === "number" && Number.isSafeInteger(given))) return given;
  throw input.refusal("known");
}

export function readCopied(given: unknown): CopiedRecord | undefined {
  if (given === undefined) return undefined;
  const { name, createdAt } = input.fields("copy", given);
  return { name: input.text("name", name, MAX_NAME), createdAt: input.whole("createdAt", createdAt) };
}

export function readWhich(given: unknown): EndedWhich {
  const { kind, key, name, except, since } = input.fields("which", given);
  switch (kind) {
    case "key":
      return { kind, key: input.text("key", key, MAX_NAME) };
    case "name":
      return { kind, name: input.text("name", name, MAX_NAME) };
    case "all":
      return {
        kind,
        ...(except !== undefined && { except: input.text("except", except, MAX_NAME) }),
        ...(since !== undefined && { since: input.whole("since", since) }),
      };
    default:
      throw input.refusal("kind");
  }
}
