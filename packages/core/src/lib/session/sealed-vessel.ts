import { reseal } from "./reseal.js";
import { rewrite } from "./session-room.js";
import type { Vessel } from "./vessel.js";

/** An older cookie may still be on its way this long after its token ended or after it was replaced. */
export const LATE_SECONDS = 60;

/** The cookie's own text. */
export const SEALED: Vessel = {
  async carry(room, { request, shown, now }, { session }, background) {
    const written = await rewrite(room, session, { now, request, from: shown.text }, background);
    if (written === "ended") return written;
    // What a store holds has to be asked for there.
    if (written && !room.parts.store?.holds(written.text)) {
      const { generation, expiresAt } = shown.session;
      const until = Math.min(Math.max(expiresAt, now) + LATE_SECONDS, shown.expiresAt);
      room.memo.replace(shown.text, { text: written.text, until, presented: { generation, expiresAt } });
    }
    return { session, written };
  },
  reseal,
};
