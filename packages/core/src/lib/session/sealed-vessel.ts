import { reseal } from "./reseal.js";
import type { Vessel } from "./room.js";

/** The cookie's own text. */
export const SEALED: Vessel = { reseal };
