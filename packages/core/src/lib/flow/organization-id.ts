/** It becomes part of requests to the provider: no separators, no dots, nothing long. */
export function isOrganizationId(text: string): boolean {
  return /^[A-Za-z0-9_-]{1,128}$/.test(text);
}
