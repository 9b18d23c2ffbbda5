import { withAuth } from "@edgeseal/workers-adapter";
import { type SessionObjectClass, sessionObject } from "@edgeseal/workers-adapter/durable-objects";
import { authFor } from "./auth.js";
import { answerPage } from "./pages.js";

export { LedgerObject, RevocationObject } from "@edgeseal/workers-adapter/durable-objects";

/** Typed here: `Env` names the class, `authFor` reads `Env`, and the class is made of `authFor`. */
const Sessions: SessionObjectClass = sessionObject(authFor);
/** Renews the tokens of sessions in use, with the options that the Worker has. */
export class SessionObject extends Sessions {}

/** `/auth/*` is answered, `/` is for everybody, all else for signed-in people: in a browser or with a session in a header. */
export default withAuth(authFor, { fetch: answerPage });
