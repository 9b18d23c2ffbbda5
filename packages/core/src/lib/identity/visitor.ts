/** Who asks, as far as somebody behind us is told. `RequestAuth` fits. */
export type ForwardedVisitor = ForwardedPerson | { readonly state: "anonymous" | "unavailable" };

export interface ForwardedPerson {
  readonly state: "authenticated";
  readonly user: { readonly id: string };
  readonly sessionId: string;
  readonly organizationId?: string;
  readonly impersonator?: { readonly email: string };
  readonly role?: string;
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
  readonly entitlements: readonly string[];
  readonly featureFlags: readonly string[];
}
