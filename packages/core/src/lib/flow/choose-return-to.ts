import type { Background } from "../base/ports.js";
import type { FlowParts } from "./flow-parts.js";
import { safeReturnTo } from "./return-to.js";

/** The path asked for; `otherwise` when none was asked for or it leads away from here, which is told. */
export function chooseReturnTo(
  parts: FlowParts,
  request: Request,
  asked: string | null | undefined,
  otherwise: string,
  background: Background | undefined,
): string {
  if (asked === undefined || asked === null || asked === "") return otherwise;
  const path = safeReturnTo(asked, request.url);
  if (path === null) parts.emit({ type: "return_to_rejected" }, background, request);
  return path ?? otherwise;
}
