export type { ApiKeyLookup, ApiKeyOwner, PresentedApiKey } from "./lib/bearer/api-keys.js";
export type { BearerOptions, BearerTokens, PeopleOptions } from "./lib/bearer/bearer-options.js";
export { bearerTokens } from "./lib/bearer/bearer-tokens.js";
export type { RouteMode, RouteModes } from "./lib/bearer/route-modes.js";
