// Under its own name it would turn the store on in every test.
export {
  LedgerObject,
  RateLimitObject,
  RevocationObject,
  SessionObject as SessionsFromEnv,
} from "../src/durable-objects.js";
export { RenewingSessions } from "./renewing-sessions.js";

export default {
  fetch: () => new Response("the tests call the package themselves"),
} satisfies ExportedHandler;
