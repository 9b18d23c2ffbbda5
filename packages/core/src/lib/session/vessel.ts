import type { Background } from "../base/ports.js";
import type { Presented } from "./present.js";
import type { ResealOptions } from "./reseal.js";
import type { Session } from "./session.js";
import type { Refresh, SessionRoom } from "./session-room.js";
import type { Visit, Written } from "./visit-so-far.js";

/** What a session lies in, the sealed text of its cookie or a record in a store, and how a newer one gets there. */
export interface Vessel {
  /**
   * Puts the session there that came after the visit's, fetched by it or by somebody else. `ended`: it was, meanwhile. Absent: it
   * is sealed into a cookie, by code that a validator does not carry.
   */
  carry?(
    room: SessionRoom,
    visit: Visit,
    next: { readonly session: Session; readonly adopted: boolean },
    background: Background | undefined,
  ): Promise<Carried | "ended">;
  /** The same session anew, where its key or its idle time asks for it; `null`: it is good as it is, or could not be had. */
  reseal(
    room: SessionRoom,
    shown: Presented,
    options: ResealOptions,
    background: Background | undefined,
  ): null | Promise<Written | null>;
  /**
   * The visit as it goes on at once, while its session is renewed in the background; `null`: it has to wait. Absent: only an
   * answer can carry what is newer.
   */
  renewLater?(room: SessionRoom, visit: Visit, refresh: Refresh, background: Background): Visit | null;
  /** Takes away what others could still find there. Never rejects. Absent: there is nothing. */
  end?(room: SessionRoom, session: Session, background: Background | undefined): Promise<void>;
}

export interface Carried {
  /** What lies there now: a later one than was put where somebody was faster. */
  readonly session: Session;
  /** `null`: the request's cookie stays as it is. */
  readonly written: Written | null;
}
