import { authCore } from "./auth-core.mjs";
import { authkitSession } from "./authkit-session.mjs";
import { edgeseal } from "./edgeseal.mjs";
import { floor } from "./floor.mjs";
import { handWritten } from "./hand-written.mjs";
import { ironSession } from "./iron-session.mjs";
import { joseJwe } from "./jose-jwe.mjs";

/** Each: `name`, `cookieName` and `create(env, background)`, which gives `seal`, `unseal` and `authenticate`. */
export const contestants = [floor, edgeseal, authkitSession, handWritten, ironSession, joseJwe, authCore];
