export { LedgerObject } from "./lib/ledger-object.js";
