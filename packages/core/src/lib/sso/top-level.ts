/** A page that a person opens, and no frame, image or script of one: no tab is sent anywhere for those. */
export function isTopLevel(request: Request): boolean {
  const mode = request.headers.get("Sec-Fetch-Mode");
  const to = request.headers.get("Sec-Fetch-Dest");
  return (mode === null || mode === "navigate") && (to === null || to === "document");
}
