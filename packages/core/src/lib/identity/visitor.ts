/** Who asks, as far as somebody behind us is told. `RequestAuth` and `Machine` fit. */
export type ForwardedVisitor = ForwardedPerson | ForwardedMachine | { readonly state: "anonymous" | "unavailable" };

export interface ForwardedPerson {
  readonly state: "authenticated";
  readonly user: { readonly id: string };
  readonly sessionId: string;
  /** They came with a header token. */
  readonly credential?: "header";
  readonly organizationId?: string;
  readonly impersonator?: { readonly email: string };
  readonly role?: string;
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
  readonly entitlements: readonly string[];
  readonly featureFlags: readonly string[];
}

/** A program. Plain headers never speak of one: what reads them knows people alone. */
export interface ForwardedMachine {
  readonly state: "machine";
  readonly clientId: string;
  readonly organizationId?: string;
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
}
