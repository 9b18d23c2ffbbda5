import { createAudit } from "../audit/audit.js";
import { refuseConfig } from "../base/errors.js";
import type { IdentityRefusal } from "../base/failure.js";
import { failureAnswer } from "../base/failure-answer.js";
import { isRecord } from "../base/json.js";
import { functionProblems, methodProblems, sinkProblems, unknownOptions } from "../base/option-checks.js";
import type { AuditSink, Background, ClockOption, KeyValueStore, Ledger } from "../base/ports.js";
import { readClock } from "../base/runtime.js";
import { importPublicKey, isSigned } from "./es256.js";
import {
  readIdentity,
  readMachine,
  readTokenClaims,
  type VerifiedIdentity,
  type VerifiedMachine,
} from "./identity-claims.js";
import { IDENTITY_HEADER } from "./identity-headers.js";
import { readVerificationKeys } from "./identity-key.js";
import { type ReadIdentityToken, readIdentityToken } from "./identity-token.js";
import { isPartyName } from "./party-name.js";
import { replayInLedger, replayInStore, type SeenBefore } from "./replay.js";

export type IdentityVerifierOptions = ClockOption &
  (ReplayStore | ReplayLedger) & {
    /** `issuer` of the gateway's forwarder, compared exactly. */
    readonly issuer: string;
    /** The name under which the gateway forwards to this service, compared exactly. */
    readonly audience: string;
    /** Text of the public JWKS (`IDENTITY_KEYS`). Several keys stand side by side while the gateway's is replaced. */
    readonly keys: string;
    /** Gets `identity_rejected` with the reason. Default: nobody is told. */
    readonly audit?: AuditSink | readonly AuditSink[];
  };

interface ReplayStore {
  /** Refuses most identities that come twice: best effort, a store that is late or down lets them pass. Default: off. */
  readonly replayStore?: KeyValueStore;
  readonly replayLedger?: never;
}

interface ReplayLedger {
  /** Refuses every identity that comes twice: one call per request, and no answer without it. Default: off. */
  readonly replayLedger: Ledger;
  readonly replayStore?: never;
}

export type IdentityCheck =
  /** `identity: null`: it came through the gateway, and nobody is signed in. `machine` then says which program asks, if one does. */
  | { readonly ok: true; readonly identity: VerifiedIdentity | null; readonly machine?: VerifiedMachine }
  | {
      readonly ok: false;
      readonly reason: IdentityRefusal;
      /** 401 `unauthenticated`, or 403 `forbidden` for an identity that is meant for another service. */
      deny(): Response;
    };

export interface IdentityVerifier {
  /** Believes `Edgeseal-Identity` alone. Throws `crypto_failure`, `store_unreachable` when nobody can say. */
  verify(request: Request, background?: Background): Promise<IdentityCheck>;
}

/** Clocks of two machines. */
const SKEW_SECONDS = 5;

/** Throws `config_invalid` with every problem. Cheap to make, cheaper to keep: the keys are imported once. */
export function createIdentityVerifier(options: IdentityVerifierOptions): IdentityVerifier {
  const read = readVerificationKeys(isRecord(options) ? options.keys : undefined);
  refuseConfig([...problemsOf(options), ...(read.ok ? [] : read.problems)]);
  const { issuer, audience, audit, replayStore, replayLedger } = options;
  const byKid = new Map(read.ok ? read.keys.map((key) => [key.kid, key]) : []);
  // Settled keys, never promises of them: another request must not wait on ours.
  const imported = new Map<string, CryptoKey>();
  const { emit } = createAudit({ sinks: audit, runtime: { now: () => readClock(options) } });
  const seenBefore = replayOf(replayStore, replayLedger);

  async function isSignedByGateway({ kid, content, signature }: ReadIdentityToken): Promise<boolean> {
    const jwk = byKid.get(kid);
    if (jwk === undefined) return false;
    const key = imported.get(kid) ?? (await importPublicKey(jwk));
    imported.set(kid, key);
    return await isSigned(content, signature, key);
  }

  async function check(text: string | null, background?: Background): Promise<IdentityRefusal | Verified> {
    if (text === null) return "missing";
    const token = readIdentityToken(text);
    if (token === null) return "malformed";
    if (!(await isSignedByGateway(token))) return "signature_invalid";
    const claims = readTokenClaims(token.claims);
    const machine = readMachine(token.claims);
    const identity = machine ? null : readIdentity(token.claims);
    if (claims === null || identity === undefined) return "malformed";
    if (claims.iss !== issuer) return "issuer_mismatch";
    if (claims.aud !== audience) return "audience_mismatch";
    const now = readClock(options);
    const expiresAt = claims.exp + SKEW_SECONDS;
    if (now >= expiresAt || now < claims.iat - SKEW_SECONDS) return "expired";
    if (await seenBefore?.(claims, { now, expiresAt }, background)) return "replayed";
    return { identity, ...(machine && { machine }) };
  }

  return {
    async verify(request, background) {
      const checked = await check(request.headers.get(IDENTITY_HEADER), background);
      if (typeof checked !== "string") return { ok: true, ...checked };
      emit({ type: "identity_rejected", reason: checked }, background, request);
      return { ok: false, reason: checked, deny: () => failureAnswer(checked) };
    },
  };
}

interface Verified {
  readonly identity: VerifiedIdentity | null;
  readonly machine?: VerifiedMachine;
}

function replayOf(store: KeyValueStore | undefined, ledger: Ledger | undefined): SeenBefore | null {
  if (ledger) return replayInLedger(ledger);
  return store ? replayInStore(store) : null;
}

const OPTIONS = ["issuer", "audience", "keys", "replayStore", "replayLedger", "audit", "now"];

function problemsOf(options: unknown): readonly string[] {
  if (!isRecord(options)) return ["`createIdentityVerifier` takes an object of options."];
  const { replayStore, replayLedger, audit } = options;
  const problems = unknownOptions(options, OPTIONS, "createIdentityVerifier");
  for (const name of ["issuer", "audience"]) {
    if (!isPartyName(options[name])) {
      problems.push(`\`${name}\` must be the text that the gateway's forwarder uses: 1 to 256 printable characters.`);
    }
  }
  if (replayStore !== undefined && replayLedger !== undefined) {
    problems.push("`replayStore` and `replayLedger` exclude each other.");
  }
  return [
    ...problems,
    ...methodProblems("replayStore", replayStore, ["get", "put"], "a KV namespace"),
    ...methodProblems("replayLedger", replayLedger, ["getByName"], "the namespace of `LedgerObject`"),
    ...sinkProblems(audit),
    ...functionProblems(options, ["now"]),
  ];
}
