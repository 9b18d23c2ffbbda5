import {
  type ScriptedProvider as CoreProvider,
  createScriptedProvider as createCoreProvider,
} from "../../core/src/lib/testing/scripted-provider.js";
import type { IssuedTokens } from "../../core/src/lib/testing/wire.js";

/** The provider of `@edgeseal/core/testing` from its inside: whoever writes these tests also ends sessions and counts. */
export interface ScriptedProvider {
  readonly clientId: string;
  /** Base of every URL. */
  readonly apiUrl: string;
  readonly calls: Readonly<Record<"jwks" | "refresh" | "logout", number>>;
  readonly fetch: CoreProvider["fetch"];
  /** Signs somebody in without a browser: what the provider would answer to a code. */
  issue(options?: IssueOptions): Promise<IssuedTokens>;
  readonly fail: CoreProvider["faults"]["always"];
  /** The right answer, but late: of keys, codes and refreshes. */
  delay(milliseconds: number): void;
  readonly rotateKeys: CoreProvider["keys"]["rotate"];
  /** The provider's own log-out: refreshing answers `invalid_grant` from now on. */
  endSession(sid: string): void;
  resetCalls(): void;
}

export interface IssueOptions {
  readonly userId?: string;
  readonly organizationId?: string;
  readonly permissions?: readonly string[];
  /** Of the access token, from now; negative: has ended already. Default 300. */
  readonly expiresIn?: number;
  /** Of the sign-in, in epoch seconds. Default: the token says nothing of it. */
  readonly signedInAt?: number;
}

export interface ScriptedProviderOptions {
  readonly apiUrl?: string;
  /** Epoch seconds. */
  readonly now?: () => number;
}

export function createScriptedProvider(options: ScriptedProviderOptions = {}): ScriptedProvider {
  const { apiUrl = "https://provider.example", now } = options;
  const clientId = "client_scripted";
  const provider = createCoreProvider({ as: { workos: { clientId, apiUrl } }, ...(now && { now }) });
  const count = (kind: string) => provider.calls.filter((call) => call.kind === kind).length;
  return {
    clientId,
    apiUrl,
    calls: {
      get jwks() {
        return count("jwks");
      },
      get refresh() {
        return count("refresh");
      },
      get logout() {
        return count("logout");
      },
    },
    fetch: provider.fetch,
    issue({ userId = "user_ada", organizationId, permissions = ["projects:read"], expiresIn, signedInAt } = {}) {
      return provider.issue({
        user: { id: userId, email: `${userId.replace("user_", "")}@example.com` },
        ...(organizationId !== undefined && { organizationId }),
        permissions,
        // `as`: JSON leaves out what is undefined, and that is meant.
        claims: { auth_time: signedInAt as number },
        ...(expiresIn !== undefined && { expiresInSeconds: expiresIn }),
      });
    },
    fail: provider.faults.always,
    delay(milliseconds) {
      provider.faults.always({ afterMilliseconds: milliseconds });
    },
    rotateKeys: provider.keys.rotate,
    endSession: (sid) => provider.grants.end({ sid }),
    resetCalls: () => void provider.calls.splice(0),
  };
}
