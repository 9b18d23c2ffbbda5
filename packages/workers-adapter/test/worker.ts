export { LedgerObject, RateLimitObject, RevocationObject, SessionObject } from "../src/durable-objects.js";

export default {
  fetch: () => new Response("the tests call the package themselves"),
} satisfies ExportedHandler;
