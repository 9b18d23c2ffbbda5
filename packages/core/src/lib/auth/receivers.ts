import { isRecord } from "../base/json.js";
import { hasMethod, methodProblems, type Unchecked } from "../base/option-checks.js";
import type { PartRoute } from "../flow/flow-parts.js";
import type { Receiver } from "../flow/receiver.js";
import type { Provider } from "../provider/provider.js";

/** Everything wrong with the option `receivers`, in a sentence each. */
export function receiverProblems({ receivers, revocation, provider }: Unchecked): readonly string[] {
  if (receivers === undefined) return [];
  if (!Array.isArray(receivers) || !receivers.every(isReceiver)) {
    return ["`receivers` must be a list of `backChannelLogout()` and `workosEvents({ secret })`."];
  }
  const paths = receivers.map(({ path }) => path);
  return [
    ...(revocation === undefined && receivers.length > 0
      ? ["`receivers` need `revocation`: pass `createRevocation({ store, whenDown })`."]
      : []),
    ...(new Set(paths).size === paths.length ? [] : ["`receivers` must name each route once."]),
    ...receivers.flatMap((receiver) => (isProvider(provider) ? receiver.problems(provider) : [])),
  ];
}

export function receiverRoute(receiver: Receiver): readonly [string, PartRoute] {
  const { path } = receiver;
  return [path, { methods: { POST: (...call) => receiver.receive(...call) }, wall: "none" }];
}

export function revocationProblems(revocation: unknown): readonly string[] {
  return methodProblems(
    "revocation",
    revocation,
    ["check", "end", "endOwn"],
    "`createRevocation({ store, whenDown })` of `@edgeseal/core/revocation`",
  );
}

function isReceiver(value: unknown): value is Receiver {
  return (
    isRecord(value) && typeof value.path === "string" && hasMethod(value, "receive") && hasMethod(value, "problems")
  );
}

/** Its own problems are told elsewhere. */
function isProvider(provider: unknown): provider is Provider {
  return isRecord(provider);
}
