import type { RequestAuth } from "@edgeseal/core";
import { parseSessionKeys, unsealSession } from "@edgeseal/core";
import type { DemoEnv } from "./index.js";

const NAME = "__Host-session";

/** What a Worker can tell about its own cookie. The browser never could: it holds the text, not the key. */
export interface CookieFacts {
  readonly name: string;
  readonly length: number;
  readonly keyVersion: number;
  readonly generation: number;
  /** This very response carries a new cookie: the tokens were renewed, or the key changed. */
  readonly isNew: boolean;
}

/** `null` when there is no session cookie, or none that opens. */
export async function cookieFacts(request: Request, auth: RequestAuth, env: DemoEnv): Promise<CookieFacts | null> {
  const written = auth.headers
    .getSetCookie()
    .map(readPair)
    .findLast(([name]) => name === NAME)?.[1];
  const sent = request.headers
    .get("Cookie")
    ?.split(";")
    .map(readPair)
    .find(([name]) => name === NAME)?.[1];
  const text = written ?? sent;
  if (!text) return null;
  const opened = await unsealSession(text, parseSessionKeys(env.SESSION_KEYS), { cookieName: NAME });
  if (!opened.ok) return null;
  const { keyVersion, session } = opened;
  const isNew = written !== undefined;
  return { name: NAME, length: text.length, keyVersion, generation: session.generation, isNew };
}

function readPair(line: string): [name: string, value: string] {
  const [pair = ""] = line.split(";");
  const at = pair.indexOf("=");
  return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
}
