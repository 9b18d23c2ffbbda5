export { workos, workosTokens } from "../lib/provider/workos.js";
export type { WorkosAnswer, WorkosClient, WorkosMemberships } from "../lib/provider/workos-client.js";
export type { WorkosOptions, WorkosTokensOptions } from "../lib/provider/workos-options.js";
