import { withDeadline } from "../base/deadline.js";
import type { Provider } from "../provider/provider.js";
import { readToken } from "../token/read-token.js";
import type { Session } from "./session.js";

const REVOKE_MILLISECONDS = 9_000;

/** Ends at the provider what nobody will use, where it can be ended without a browser. Best effort: never throws. */
export async function revoke(provider: Provider, session: Session): Promise<void> {
  if (provider.revoke === undefined) return;
  const sid = readToken(session.accessToken)?.claims.sid;
  const { refreshToken } = session;
  try {
    const what = { ...(sid !== undefined && { sid }), ...(refreshToken !== undefined && { refreshToken }) };
    await withDeadline(provider.revoke(what), REVOKE_MILLISECONDS);
  } catch {
    // whatever a provider's client throws: the session ended here all the same, and there it ends by itself
  }
}
