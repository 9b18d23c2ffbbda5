import { refuseConfig } from "../base/errors.js";
import { isRecord } from "../base/json.js";
import { functionProblems, hasMethod, unknownOptions } from "../base/option-checks.js";
import { connectStore } from "../session/connect-store.js";
import type { ConnectStore } from "../session/room.js";
import type { StoreOptions } from "../session/store.js";
import type { PartRoutes } from "./flow-parts.js";
import { SESSION_ROUTES } from "./sessions-route.js";

/** Sessions that lie in a store, for `createAuth` and `createValidator`; made by `opaqueStore`. */
export interface SessionStore {
  /** @internal */
  readonly connect: ConnectStore;
  /** @internal */
  readonly routes: PartRoutes;
}

/** The cookie holds an id, and the session lies in a store. Throws `config_invalid` with every problem of the options. */
export function opaqueStore(options: StoreOptions): SessionStore {
  refuseConfig(optionProblems(options));
  return { connect: (parts) => connectStore(options, parts), routes: SESSION_ROUTES };
}

function optionProblems(options: unknown): readonly string[] {
  if (!isRecord(options)) return ["`opaqueStore` takes an object of options."];
  const { home, sessions = "all" } = options;
  return [
    ...unknownOptions(options, ["home", "sessions", "deviceLabel"], "opaqueStore"),
    ...(hasMethod(home, "getByName")
      ? []
      : ["`home` must be the namespace of `SessionObject` or `kvSessions(env.AUTH_KV)`; is it bound?"]),
    ...(sessions === "all" || sessions === "too_large"
      ? []
      : ['`sessions` must be "all" or "too_large" (those alone that do not fit the cookies).']),
    ...functionProblems(options, ["deviceLabel"]),
  ];
}
