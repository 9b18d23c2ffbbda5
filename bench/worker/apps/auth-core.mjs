import { authCore } from "../contestants/auth-core.mjs";
import { answerWith } from "./answer-with.mjs";

export default answerWith(authCore);
