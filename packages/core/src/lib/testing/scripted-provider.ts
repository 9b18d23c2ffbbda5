import { utf8Text } from "../base/bytes.js";
import { refuseConfig } from "../base/errors.js";
import { isRecord, parseJsonObject } from "../base/json.js";
import type { ClockOption } from "../base/ports.js";
import { providerUrl } from "../base/provider-url.js";
import { readClock } from "../base/runtime.js";
import { createFaults, type Faults, failAs } from "./faults.js";
import { createGrants, type Grants } from "./grants.js";
import { createOpenidWire, type OpenidPlace } from "./openid-wire.js";
import { createSigningKeys, type SigningKeys } from "./signing-keys.js";
import type { TestPerson } from "./test-person.js";
import type { CallKind, Desk, IssuedTokens, Wire, WireRequest } from "./wire.js";
import { createWorkosWire } from "./workos-wire.js";

/** Which provider it stands for. */
export type TestProviderKind =
  | {
      /** `apiUrl`: where it is reached, as `WORKOS_API_URL`. Default https://api.workos.com. */
      readonly workos: { readonly clientId: string; readonly apiUrl?: string };
      readonly oidc?: never;
    }
  | { readonly oidc: OpenidPlace; readonly workos?: never };

export interface ScriptedProviderOptions extends ClockOption {
  readonly as: TestProviderKind;
  /** How long a spent refresh token still gives what it gave. Default 0: never, the strictest there is. */
  readonly reuseSeconds?: number;
}

export interface ProviderCall {
  readonly kind: CallKind;
  /** Epoch seconds. */
  readonly at: number;
}

/** An identity provider over HTTP whose people, keys, faults and time are a test's. */
export interface ScriptedProvider {
  readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
  readonly calls: ProviderCall[];
  readonly keys: SigningKeys;
  readonly grants: Grants;
  readonly faults: Faults;
  /** Signs somebody in, without a browser. */
  issue(person?: TestPerson): Promise<IssuedTokens>;
}

const TOKEN_SECONDS = 300;

export function createScriptedProvider(options: ScriptedProviderOptions): ScriptedProvider {
  const { as, reuseSeconds = 0 } = options;
  refuseConfig(problemsOf(as));
  const now = () => readClock(options);
  const keys = createSigningKeys();
  const grants = createGrants({ now, reuseSeconds, endsOnReuse: as.oidc !== undefined });
  const faults = createFaults();
  const wire = wireOf(as, { keys, grants, now, tokenSeconds: TOKEN_SECONDS });
  const calls: ProviderCall[] = [];

  async function answer(input: string | URL | Request, init: RequestInit = {}): Promise<Response> {
    const request = new Request(input, init);
    const url = new URL(request.url);
    if (!wire.owns(url)) {
      // Said as well as thrown: a Worker takes what its `fetch` throws for an outage, and carries on. No query: it may
      // hold what is secret.
      const problem = `The test provider was asked for ${url.origin}${url.pathname}, which is not its own.`;
      // biome-ignore lint/suspicious/noConsole: see above
      console.error(problem);
      throw new Error(problem);
    }
    const { method, headers } = request;
    const wireRequest = { url, method, headers, fields: await readFields(request) };
    const kind = wire.kindOf(wireRequest);
    if (kind === null) return wire.answer(wireRequest);
    calls.push({ kind, at: now() });
    const failure = kind === "logout" ? null : faults.take(kind);
    return failure === null
      ? wire.answer(wireRequest)
      : failAs(failure, () => wire.answer(wireRequest), request.signal);
  }

  return { fetch: answer, calls, keys, grants, faults, issue: (person = {}) => wire.issue(person) };
}

const DEFAULT_API_URL = "https://api.workos.com";

function wireOf(as: TestProviderKind, desk: Desk): Wire {
  if (as.oidc !== undefined) return createOpenidWire(desk, as.oidc);
  const { clientId, apiUrl = DEFAULT_API_URL } = as.workos;
  return createWorkosWire(desk, { clientId, apiUrl: apiUrl.replace(/\/+$/, "") });
}

function problemsOf({ workos, oidc }: TestProviderKind): readonly string[] {
  if ((workos === undefined) === (oidc === undefined)) return ["`as` must name one provider: `workos` or `oidc`."];
  const address = workos?.apiUrl ?? oidc?.issuer ?? DEFAULT_API_URL;
  return [
    ...((workos ?? oidc)?.clientId ? [] : ["`clientId` is missing: the one that the tested code is configured with."]),
    ...(providerUrl(address) === null ? ["`issuer` and `apiUrl` must be https, or http on a loopback host."] : []),
  ];
}

async function readFields(request: Request): Promise<WireRequest["fields"]> {
  if (request.method !== "POST") return {};
  // As bytes: workerd warns of `text()` on a form.
  const text = utf8Text(new Uint8Array(await request.arrayBuffer())) ?? "";
  const isForm = request.headers.get("Content-Type")?.startsWith("application/x-www-form-urlencoded") === true;
  const members: unknown = isForm ? Object.fromEntries(new URLSearchParams(text)) : parseJsonObject(text);
  if (!isRecord(members)) return {};
  const texts = Object.entries(members).flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : []));
  return Object.fromEntries(texts);
}
