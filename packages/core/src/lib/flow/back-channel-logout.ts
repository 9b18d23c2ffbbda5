import { jsonAnswer, STRICT } from "../base/answers.js";
import type { Failure } from "../base/failure.js";
import type { Background } from "../base/ports.js";
import { failureOf } from "../session/failure-of.js";
import { SILENT, spendOnce } from "../session/ledger-client.js";
import { ledgerName } from "../session/ledger-name.js";
import { type AcceptedLogoutToken, checkLogoutToken } from "./logout-token.js";
import { readBody } from "./read-body.js";
import type { Receiver, ReceiverParts } from "./receiver.js";

/**
 * `POST <prefix>/backchannel-logout`: OpenID Connect Back-Channel Logout 1.0. Register it at the provider as
 * `backchannel_logout_uri`. For a provider made by `oidc`.
 */
export function backChannelLogout(): Receiver {
  return {
    path: "/backchannel-logout",
    problems: ({ logoutTokens }) =>
      logoutTokens === undefined
        ? ["`backChannelLogout` needs a provider that sends log-out tokens: `oidc({ … })`."]
        : [],
    async receive(parts, request, background) {
      try {
        return await endByToken(parts, request, background);
      } catch (error) {
        const type = failureOf(error);
        if (type === null) throw error;
        // §2.8 knows one status for everything that did not succeed, an outage of ours included.
        return refuseToken(parts, { type, reason: "backchannel_logout" }, "logout_failed", request, background);
      }
    },
  };
}

async function endByToken(
  parts: ReceiverParts,
  request: Request,
  background: Background | undefined,
): Promise<Response> {
  const rejected = (reason: string): Response =>
    refuseToken(parts, { type: "logout_token_rejected", reason }, "invalid_request", request, background);
  const trust = parts.provider.logoutTokens;
  const token = (await readBody(request))?.get("logout_token");
  if (trust === undefined || token === undefined) return rejected("body_malformed");
  const checked = await checkLogoutToken(
    token,
    { trust, keySource: parts.keySource, now: parts.runtime.now() },
    background,
  );
  if (!checked.ok) return rejected(checked.reason);
  const spend = (what: string) => spendFor(parts, what, checked, request, background);
  const isFirst = await spend("logout");
  // Whoever is told that it failed may send it again: good as long as its ending was not recorded, and once.
  if (!isFirst && !(await spend("logout recorded"))) return rejected("replayed");
  const { sid, sub: userId } = checked;
  // §2.4: with a `sid` that session is meant, and every session of the person without one.
  if (sid !== undefined) {
    const target = { kind: "provider_session", sid, ...(userId !== undefined && { userId }) } as const;
    await parts.sessions.revoke(target, "backchannel_logout", background, request);
  } else if (userId !== undefined) {
    await parts.sessions.revoke({ kind: "user", userId }, "backchannel_logout", background, request);
  }
  if (isFirst) await spend("logout recorded");
  return new Response(null, { status: 200, headers: { ...STRICT, "Cache-Control": "no-store" } });
}

/**
 * A token ends what began before it arrived, so one that is shown again would end what began since. Where the ledger cannot
 * say, it counts: of two mistakes, ending too much is the one that a sign-in mends.
 */
async function spendFor(
  { ledger, realm, emit }: ReceiverParts,
  what: string,
  { issuer, jti, forgetAt }: AcceptedLogoutToken,
  request: Request,
  background: Background | undefined,
): Promise<boolean> {
  const spent = await spendOnce(ledger, await ledgerName(realm, `${what} ${issuer} ${jti}`), forgetAt);
  if (spent === SILENT) emit({ type: "ledger_unreachable", reason: "backchannel_logout" }, background, request);
  return spent !== false;
}

/** §2.8, in the form of RFC 6749 §5.2. */
function refuseToken(
  { emit }: Pick<ReceiverParts, "emit">,
  fact: {
    readonly type: Extract<Failure, "logout_token_rejected"> | NonNullable<ReturnType<typeof failureOf>>;
    readonly reason: string;
  },
  error: "invalid_request" | "logout_failed",
  request: Request,
  background: Background | undefined,
): Response {
  emit(fact, background, request);
  return jsonAnswer(400, { error }, { "Cache-Control": "no-store" });
}
