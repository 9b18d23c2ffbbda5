import { handWritten } from "../contestants/hand-written.mjs";
import { answerWith } from "./answer-with.mjs";

export default answerWith(handWritten);
