import type { Background } from "../base/ports.js";
import type { FlowParts } from "./flow-parts.js";

export type Route = (parts: FlowParts, request: Request, background?: Background) => Response | Promise<Response>;
export type Methods = Readonly<Partial<Record<"GET" | "POST" | "DELETE", Route>>>;

/** A route that a part of the configuration brings along. */
export interface PartRoute {
  readonly methods: Methods;
  /**
   * `same-origin`: nothing that changes anything is asked for by a page of another site. `none`: it reads no cookie and sets
   * none, so such a page gains nothing, and programs, which say no origin, may call it.
   */
  readonly wall: "same-origin" | "none";
}

/** By path below the prefix; a last segment `:id` stands for any. */
export type PartRoutes = ReadonlyMap<string, PartRoute>;

/** What our routes are made of, and what parts of this configuration answer beside them. */
export interface RoutedParts extends FlowParts {
  readonly routes: PartRoutes;
}
