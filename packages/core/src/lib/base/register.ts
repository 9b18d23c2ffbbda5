/**
 * Filled in once per project, what is known of its permissions and claims follows everywhere. `permission`: the closed list
 * of permission names. `claims`: claims of your own that the provider puts into access tokens (WorkOS JWT templates).
 * @example declare module "@edgeseal/core/permissions" { interface Register { permission: "projects:read"; claims: { plan?: "free" | "pro" } } }
 */
// biome-ignore lint/suspicious/noEmptyInterface: it exists to be augmented
export interface Register {}
