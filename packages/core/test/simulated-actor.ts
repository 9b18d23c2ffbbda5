/** What can go wrong in a world; drawn for each world, so that most of them have only some of it. */
export interface Faults {
  /** Requests and responses that take seconds or minutes, overtake each other, or never arrive. */
  readonly late: boolean;
  /** Requests that stop for good before any of their outward calls. */
  readonly kills: boolean;
  /** Calls to the ledger that fail, hang or lose their answer. */
  readonly ledger: boolean;
  /** A provider that is slow, down, or whose answer is lost. */
  readonly provider: boolean;
}

/** One request, wherever it runs. */
export interface Actor {
  readonly random: () => number;
  /** Asked before every outward call; `false` from the one on before which the request was killed. */
  acts(): boolean;
  readonly isSwitch: boolean;
  /** Loses sight of the ledger after its claim: none of its settles arrives. */
  readonly isCutOff: boolean;
  /** When the lease it acts under was granted. */
  leaseAt: number;
  /** The last refresh token it sent, and for which organisation. */
  sent: { readonly token: string; readonly organizationId: string | undefined } | null;
  /** The refresh token it got for it. */
  received: string | null;
  settleFailed: boolean;
}
