import type { Provider, ProviderAnswer } from "../src/lib/provider/provider.js";
import type { Chronicle } from "./chronicle.js";
import type { Actor, Faults } from "./simulated-actor.js";
import { unsignedToken } from "./tokens.js";
import type { VirtualTime } from "./virtual-time.js";

export const TOKEN_SECONDS = 300;
const DEADLINE_MILLISECONDS = 8_000;

/** What the provider knows of one sign-in: refresh tokens that work once, whatever happens to the answer. */
export interface Family {
  current: string;
  refreshes: number;
  revoked: boolean;
}

interface Parts {
  readonly time: VirtualTime;
  readonly chronicle: Chronicle;
  readonly family: Family;
  readonly faults: () => Faults;
  /** A token used twice ends the whole family (RFC 9700 §4.14.2). */
  readonly detectsReuse: boolean;
}

export function simulateProvider(parts: Parts, actor: Actor): Provider {
  const { time, chronicle, family } = parts;

  function refresh(input: { refreshToken: string; organizationId?: string }): Promise<ProviderAnswer> {
    if (!actor.acts()) return new Promise(() => {});
    const { random } = actor;
    const faults = parts.faults();
    const fate = faults.provider ? random() : 1;
    const slow = faults.provider && random() < 0.3 ? 9_000 : 300;
    const [there, back] = [20 + random() * 50, 20 + random() * slow];
    actor.sent = { token: input.refreshToken, organizationId: input.organizationId };
    checkSent(chronicle, actor, input.refreshToken);
    return new Promise((resolve) => {
      const { promise, resolve: answer } = Promise.withResolvers<ProviderAnswer>();
      const giveUp = time.after(DEADLINE_MILLISECONDS, () => answer({ ok: false, final: false }));
      time.after(there, () => {
        const said = receive(parts, actor, input, fate);
        const isLost = said.ok && faults.provider && fate > 0.96;
        if (!isLost) time.after(back, () => answer(said));
      });
      void promise.then((said) => {
        giveUp();
        if (said.ok) actor.received = said.refreshToken ?? null;
        resolve(said);
      });
    });
  }

  return {
    name: "simulated",
    jwksUrl: "https://id.example/jwks",
    verify: { issuer: "https://id.example", clientId: "client" },
    authorizationUrl: async () => "https://id.example/authorize",
    exchange: async () => ({ ok: false, final: false }),
    logoutUrl: () => null,
    refresh,
    async revoke({ refreshToken }) {
      if (!actor.acts()) return new Promise(() => {});
      if (refreshToken !== undefined) chronicle.revoked.add(refreshToken);
      family.revoked = true;
    },
  };
}

/** The one moment that counts: a refresh token arrives. */
function receive(
  { time, chronicle, family, detectsReuse }: Parts,
  { random, isSwitch }: Actor,
  { refreshToken, organizationId }: { readonly refreshToken: string; readonly organizationId?: string },
  fate: number,
): ProviderAnswer {
  if (fate < 0.1) return unavailable(random);
  if (fate < 0.15 && isSwitch) return refused("sso_required");
  if (family.revoked) return refused("invalid_grant");
  if (refreshToken !== family.current) {
    // Nobody had settled what came of it: whoever had it is lost, or late. That a settled one is never sent is checked
    // where it is sent.
    chronicle.excuse ??= "refresh_lost";
    family.revoked = detectsReuse;
    return refused("invalid_grant");
  }
  family.current = `refresh-${++family.refreshes}`;
  // Some are due the moment they arrive, for which nobody may be asked again and again.
  const age = fate < 0.3 ? 280_000 : 0;
  const accessToken = accessTokenAt(time.now() - age, organizationId);
  return { ok: true, accessToken, refreshToken: family.current };
}

function checkSent(chronicle: Chronicle, actor: Actor, token: string): void {
  const settledAt = chronicle.settledTokens.get(token);
  if (settledAt === undefined || settledAt > actor.leaseAt) return;
  chronicle.violations.push("a refresh token was sent again after its successor had been settled");
}

export function accessTokenAt(milliseconds: number, organizationId: string | undefined): string {
  const iat = Math.floor(milliseconds / 1000);
  const claims = {
    iss: "https://id.example",
    sub: "user_01",
    sid: "sid_01",
    iat,
    exp: iat + TOKEN_SECONDS,
    org_id: organizationId,
  };
  return unsignedToken({ alg: "RS256", kid: "key" }, claims, 8);
}

function unavailable(random: () => number): ProviderAnswer {
  const retryAfterSeconds = Math.floor(random() * 200);
  return { ok: false, final: false, ...(retryAfterSeconds > 20 && { retryAfterSeconds }) };
}

function refused(reason: string): ProviderAnswer {
  return { ok: false, final: true, reason };
}
