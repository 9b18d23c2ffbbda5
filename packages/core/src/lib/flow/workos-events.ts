import { STRICT } from "../base/answers.js";
import { utf8Text } from "../base/bytes.js";
import { refuseConfig } from "../base/errors.js";
import { failureAnswer } from "../base/failure-answer.js";
import { parseJsonObject } from "../base/json.js";
import { unknownOptions, wholeProblems } from "../base/option-checks.js";
import type { Background } from "../base/ports.js";
import { readAtMost } from "./read-body.js";
import type { Receiver, ReceiverParts } from "./receiver.js";
import { targetOf } from "./workos-event.js";
import { isSignedBody, isTimely, readSignatureHeader, type SignatureCheck } from "./workos-signature.js";

export interface WorkosEventsOptions {
  /** Of the webhook endpoint in the WorkOS dashboard; a list while one secret replaces another. */
  readonly secret: string | readonly [string, ...string[]];
  /** How old a delivery may be, in seconds. Default 180, as in WorkOS's own SDKs; from 30 to 600. */
  readonly toleranceSeconds?: number;
}

const TOLERANCE_SECONDS = 180;
const TOLERANCE_RANGE = [30, 600] as const;
const [SHORTEST_SECRET, MOST_SECRETS] = [16, 4];
const MAX_BYTES = 65_536;

/**
 * `POST <prefix>/webhooks/workos`: ends sessions at `session.revoked`, `user.deleted`, `organization_membership.deleted` (and
 * `.updated` to inactive) and `organization.deleted`. Other events are received and do nothing. Throws `config_invalid`.
 */
export function workosEvents(options: WorkosEventsOptions): Receiver {
  refuseConfig(optionProblems(options));
  const { secret, toleranceSeconds = TOLERANCE_SECONDS } = options;
  const secrets = [secret].flat();
  return {
    path: "/webhooks/workos",
    problems: ({ name }) => (name === "workos" ? [] : ["`workosEvents` needs the provider `workos({ … })`."]),
    receive: (parts, request, background) => {
      const check = { secrets, toleranceSeconds, now: parts.runtime.now() };
      return receiveEvent(parts, check, request, background);
    },
  };
}

async function receiveEvent(
  parts: ReceiverParts,
  check: SignatureCheck,
  request: Request,
  background: Background | undefined,
): Promise<Response> {
  const rejected = (reason: string): Response => {
    parts.emit({ type: "webhook_rejected", reason }, background, request);
    return failureAnswer("webhook_rejected", {}, { "Cache-Control": "no-store" });
  };
  const header = readSignatureHeader(request.headers.get("WorkOS-Signature"));
  if (header === null) return rejected("signature_missing");
  if (!isTimely(header, check)) return rejected("outside_tolerance");
  const body = await readAtMost(request, MAX_BYTES);
  if (body === null) return rejected("body_too_large");
  if (!(await isSignedBody(body, header, check))) return rejected("signature_invalid");
  const text = utf8Text(body);
  const event = text === null ? null : parseJsonObject(text);
  const target = event === null ? "malformed" : targetOf(event, check.now);
  if (target === "malformed") return rejected("event_malformed");
  // Not answered before it is recorded: what fails is delivered again.
  if (target !== null) await parts.sessions.revoke(target, "workos_event", background, request);
  return new Response(null, { status: 200, headers: { ...STRICT, "Cache-Control": "no-store" } });
}

function optionProblems(options: WorkosEventsOptions): readonly string[] {
  const { secret, toleranceSeconds } = options;
  const secrets: readonly unknown[] = [secret].flat();
  const isSecret = (one: unknown): boolean =>
    typeof one === "string" && /^[\x21-\x7e]+$/.test(one) && one.length >= SHORTEST_SECRET;
  return [
    ...unknownOptions(options, ["secret", "toleranceSeconds"], "workosEvents"),
    ...(secrets.length > 0 && secrets.length <= MOST_SECRETS && secrets.every(isSecret)
      ? []
      : [
          "`secret` must be the signing secret of the webhook endpoint in the WorkOS dashboard, or a list of up to four.",
        ]),
    ...wholeProblems("toleranceSeconds", toleranceSeconds, TOLERANCE_RANGE),
  ];
}
