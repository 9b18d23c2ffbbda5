export const GATEWAY = "gateway/wrangler.jsonc";
export const PROJECTS = "projects/wrangler.jsonc";
