import { userId } from "../reference.mjs";

/** The same Worker that asks nobody who they are. */
export default {
  fetch: () => Response.json({ user: userId }),
};
