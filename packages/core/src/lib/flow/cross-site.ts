import type { Background } from "../base/ports.js";
import { refuse } from "./answers.js";
import type { FlowParts } from "./flow-parts.js";

/** The 403 for a request that a page of another site may have sent, which is told. */
export function refuseCrossSite(parts: Pick<FlowParts, "emit">, background: Background | undefined): Response {
  parts.emit({ type: "csrf" }, background);
  return refuse("csrf");
}
