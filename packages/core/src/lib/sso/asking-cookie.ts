import { base64url, randomBytes } from "../base/bytes.js";
import { newFlowId } from "../flow/flow-cookies.js";
import type { FlowParts } from "../flow/flow-parts.js";
import { keepFlow, type OpenedFlow, openFlow } from "../flow/kept-flow.js";
import { readTexts, writeTexts } from "../flow/sealed-texts.js";

/** What a destination keeps in the browser while it asks the hub. */
export interface Asking {
  /** Nobody but this browser and this destination knows it. */
  readonly secret: string;
  readonly returnTo: string;
  readonly silent: boolean;
}

export type OpenedAsking =
  | { readonly ok: true; readonly asking: Asking; readonly cookies: readonly string[] }
  | Extract<OpenedFlow, { readonly ok: false }>;

const VERSION = 1;
const FIELDS = 3;

/** Sealed for this destination: `realm` is that of its cookies. */
export async function startAsking(
  parts: FlowParts,
  request: Request,
  realm: string,
  { returnTo, silent }: Omit<Asking, "secret">,
): Promise<{ readonly state: string; readonly secret: string; readonly cookies: readonly string[] }> {
  const state = newFlowId(parts.runtime.now());
  const secret = base64url(randomBytes(32));
  const body = writeTexts(VERSION, [secret, returnTo, silent ? "silent" : ""]);
  return { state, secret, cookies: await keepFlow(parts, request, { id: state, realm }, body) };
}

/** What this browser was sent to the hub with. `cookies` deletes it: it is answered once. */
export async function openAsking(
  parts: FlowParts,
  request: Request,
  realm: string,
  state: string,
): Promise<OpenedAsking> {
  const opened = await openFlow(parts, request, { id: state, realm });
  if (!opened.ok) return opened;
  const { body, cookies } = opened;
  const texts = readTexts(body, VERSION, FIELDS);
  if (texts === null) return { ok: false, reason: "state_mismatch", cookies };
  const [secret = "", returnTo = "/", silent] = texts;
  return { ok: true, asking: { secret, returnTo, silent: silent === "silent" }, cookies };
}
