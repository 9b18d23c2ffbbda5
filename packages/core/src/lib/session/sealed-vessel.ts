import { reseal } from "./reseal.js";
import type { Vessel } from "./vessel.js";

/** The cookie's own text. */
export const SEALED: Vessel = { reseal };
