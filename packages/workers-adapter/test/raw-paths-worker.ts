import { withAuth } from "../src/index.js";

/** A router as many are: it takes the path out of the text and does not parse it. */
function route(request: Request): string {
  return request.url.replace(/^https?:\/\/[^/]+/, "").split("?")[0] ?? "";
}

export default withAuth(() => ({ publicPaths: ["/public/*"] }), {
  fetch: (request) => new Response(route(request).startsWith("/admin") ? "secret" : "public page"),
});
