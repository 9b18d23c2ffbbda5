import type { LedgerRequest } from "../base/ports.js";

/** Of one session. The one first seen longest ago is forgotten: its older cookies are adopted then, as if never shown. */
const MAX_PLACES = 100;

/** Of a ledger's row. */
interface Seen {
  readonly seen: number;
  readonly places: string;
}

/** Highest generation that a cookie of this place has shown; 0 for none. */
export function seenAt({ seen, places }: Seen, place: string | undefined): number {
  return place === undefined ? seen : (readPlaces(places).get(place) ?? 0);
}

/** What has been seen once this request has shown its cookie. */
export function seenBy(known: Seen, { presented, place, looks }: LedgerRequest): Seen {
  const { seen, places } = known;
  if (looks || presented <= seenAt(known, place)) return { seen, places };
  return place === undefined ? { seen: presented, places } : { seen, places: writePlaces(places, place, presented) };
}

/** One text, so that rows are compared and stored as they were: `place:generation`, separated by spaces. */
function readPlaces(places: string): Map<string, number> {
  const seen = new Map<string, number>();
  for (const entry of places.split(" ")) {
    const [place = "", generation = ""] = entry.split(":");
    if (place !== "") seen.set(place, Number(generation));
  }
  return seen;
}

function writePlaces(places: string, place: string, generation: number): string {
  const seen = readPlaces(places).set(place, generation);
  return Array.from(seen, (entry) => entry.join(":"))
    .slice(-MAX_PLACES)
    .join(" ");
}
