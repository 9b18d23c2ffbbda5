import { joseJwe } from "../contestants/jose-jwe.mjs";
import { answerWith } from "./answer-with.mjs";

export default answerWith(joseJwe);
