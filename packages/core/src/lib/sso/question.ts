import type { FlowParts } from "../flow/flow-parts.js";
import { loginOptionsOf } from "../flow/login.js";
import type { LoginOptions } from "../provider/provider.js";
import { isChallenge } from "./ticket.js";

/** Below the prefix, which is the same on the hub and on its destinations. */
export const AUTHORIZE = "/sso/authorize";
export const CALLBACK = "/sso/callback";

/** What a destination asks the hub, through the browser. */
export interface Question {
  /** Origin of the destination. */
  readonly to: string;
  /** Comes back unchanged. */
  readonly state: string;
  readonly challenge: string;
  /** Nobody is shown anything: who is not signed in is sent back at once. */
  readonly silent: boolean;
  /** Where to go back to when the destination's cookie is lost, for a question that is silent. */
  readonly path?: string;
  /** Of a sign-in. */
  readonly login: Omit<LoginOptions, "returnTo">;
}

const MAX_STATE_LENGTH = 64;
const MAX_PATH_LENGTH = 1_024;

/** URL of the hub that asks this. */
export function questionUrl(hub: string, { routePrefix }: Pick<FlowParts, "routePrefix">, question: Question): string {
  const url = new URL(routePrefix + AUTHORIZE, hub);
  const { to, state, challenge, silent, path, login } = question;
  const query: Record<string, string | number | undefined> = {
    to,
    state,
    challenge,
    ...(silent ? { prompt: "none", path } : login),
  };
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return url.href;
}

/** `null`: no destination of ours asks like this. */
export function readQuestion(request: Request): Question | null {
  const query = new URL(request.url).searchParams;
  const names = ["to", "state", "challenge"] as const;
  const [to = "", state = "", challenge = ""] = names.map((name) => query.get(name) ?? "");
  if (names.some((name) => query.getAll(name).length !== 1)) return null;
  if (state.length > MAX_STATE_LENGTH || !/^[\w-]+$/.test(state) || !isChallenge(challenge)) return null;
  const path = query.get("path");
  const { returnTo: _, ...login } = loginOptionsOf(request);
  return {
    to,
    state,
    challenge,
    silent: query.get("prompt") === "none",
    ...(path !== null && path.length <= MAX_PATH_LENGTH && { path }),
    login,
  };
}
