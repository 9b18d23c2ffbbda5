import type { customFetch, TokenEndpointRequestOptions } from "oauth4webapi";
import { type FetchedText, fetchText } from "../base/fetch-text.js";
import type { Runtime } from "../base/ports.js";

/** What oauth4webapi asks its `fetch` for. */
type Transport = NonNullable<TokenEndpointRequestOptions[typeof customFetch]>;

const MAX_BYTES = 262_144;

/**
 * Lets oauth4webapi make up one request, and makes it with an end that is certain: one deadline, one limit, no redirect
 * followed.
 */
export async function sendForm(
  fetch: Runtime["fetch"],
  deadlineMilliseconds: number,
  compose: (transport: Transport) => Promise<unknown>,
): Promise<FetchedText> {
  const { promise, resolve } = Promise.withResolvers<FetchedText>();
  await compose(async (url, { method, headers, body }) => {
    const fetched = await fetchText(url, {
      fetch,
      method,
      headers,
      body: body.toString(),
      deadlineMilliseconds,
      maxBytes: MAX_BYTES,
    });
    resolve(fetched);
    // Nobody reads this one: the answer is there as a whole.
    return new Response();
  });
  return promise;
}
