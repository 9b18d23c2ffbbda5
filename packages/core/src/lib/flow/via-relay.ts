import { refuseConfig } from "../base/errors.js";
import { isRecord } from "../base/json.js";
import { type Unchecked, unknownOptions } from "../base/option-checks.js";
import { isCanonicalOrigin } from "../policy/origin-form.js";
import { isPreviewRealm, writeAddressedState } from "./relay-state.js";

export interface ViaRelayOptions {
  /** Where this preview is seen from outside. Default: https and the host of each request. */
  readonly origin?: `https://${string}`;
}

/** The option `relay` of `createAuth`: the provider's answers come by way of `createLoginRelay`. */
export interface ViaRelay {
  /** Why this configuration is no preview's, in a sentence each. @internal */
  problems(options: Unchecked): readonly string[];
  /** @internal */
  address(state: string, request: Request, realm: string): string;
}

/**
 * For a preview whose URL the provider does not know: its `redirectUri` is the path of a `createLoginRelay`, and `state` says
 * which preview the answer is for. Throws `config_invalid` for an `origin` that is none.
 */
export function viaRelay(options: ViaRelayOptions = {}): ViaRelay {
  refuseConfig(optionProblems(options));
  const host = options.origin === undefined ? undefined : new URL(options.origin).host;
  return {
    problems: ({ realm, cookie }) => [
      ...(isPreviewRealm(realm)
        ? []
        : ["`relay` is for previews: their `realm` must be `preview`, or begin with `preview:`, as the relay has it."]),
      // A `__Host-` name also keeps it apart from every cookie that another host could share with this one.
      ...(isRecord(cookie) && cookie.domain !== undefined
        ? [
            "`cookie.domain` must be left out beside `relay`: every other host of that domain would get the preview's sessions.",
          ]
        : []),
    ],
    address: (state, request, realm) => writeAddressedState(state, host ?? new URL(request.url).host, realm),
  };
}

function optionProblems(options: unknown): readonly string[] {
  if (!isRecord(options)) return ["`viaRelay` takes an object of options."];
  const { origin } = options;
  const isFine = origin === undefined || (typeof origin === "string" && isCanonicalOrigin(origin));
  return [
    ...unknownOptions(options, ["origin"], "viaRelay"),
    ...(isFine ? [] : ["`origin` must be written as browsers do: `https://pr-12.preview.example.com`."]),
  ];
}
