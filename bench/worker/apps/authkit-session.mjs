import { authkitSession } from "../contestants/authkit-session.mjs";
import { answerWith } from "./answer-with.mjs";

export default answerWith(authkitSession);
