import { ironSession } from "../contestants/iron-session.mjs";
import { answerWith } from "./answer-with.mjs";

export default answerWith(ironSession);
