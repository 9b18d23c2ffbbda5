import { concatBytes, utf8Text } from "./bytes.js";
import { TIMED_OUT, withDeadline } from "./deadline.js";
import type { Runtime } from "./ports.js";

export interface FetchTextOptions {
  readonly fetch: Runtime["fetch"];
  readonly method?: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For headers and body together. */
  readonly deadlineMilliseconds: number;
  /** Of the body, after decompression. */
  readonly maxBytes: number;
}

/** Why no text came back. */
export type FetchFailure = "network" | "deadline" | "redirect" | "too_large" | "not_utf8";

export type FetchedText =
  | { readonly ok: true; readonly status: number; readonly headers: Headers; readonly text: string }
  | { readonly ok: false; readonly reason: FetchFailure };

/**
 * One outbound call whose end is certain: one deadline, one limit, no redirect followed (a redirect could lead from
 * https to anywhere). Never tied to the signal of a request, which may end while others rely on what is fetched here.
 * Never throws.
 */
export async function fetchText(url: string, options: FetchTextOptions): Promise<FetchedText> {
  const abort = new AbortController();
  const fetched = await withDeadline(attempt(url, options, abort.signal), options.deadlineMilliseconds);
  if (fetched !== TIMED_OUT) return fetched;
  abort.abort();
  return { ok: false, reason: "deadline" };
}

async function attempt(url: string, options: FetchTextOptions, abandoned: AbortSignal): Promise<FetchedText> {
  // A detached `fetch` is the documented use: `this` of a binding or of an options object would be an illegal invocation.
  const { fetch, method = "GET", headers, body, maxBytes } = options;
  try {
    const response = await fetch(url, {
      method,
      redirect: "manual",
      signal: abandoned,
      ...(headers && { headers }),
      ...(body !== undefined && { body }),
    });
    const declared = Number(response.headers.get("content-length") ?? 0);
    const refusal = isRedirect(response) ? "redirect" : declared > maxBytes ? "too_large" : undefined;
    if (refusal !== undefined || abandoned.aborted) {
      // An unread body keeps its connection, and Workers have six of them at a time.
      await response.body?.cancel();
      return { ok: false, reason: refusal ?? "deadline" };
    }
    const bytes = response.body ? await readUpTo(response.body, maxBytes, abandoned) : new Uint8Array();
    if (bytes === null) return { ok: false, reason: "too_large" };
    const text = utf8Text(bytes);
    return text === null
      ? { ok: false, reason: "not_utf8" }
      : { ok: true, status: response.status, headers: response.headers, text };
  } catch {
    return { ok: false, reason: "network" }; // TypeError (DNS, TLS, reset, broken body) or AbortError of our own signal
  }
}

/** `redirect: "manual"` shows the redirect itself on servers and hides it behind status 0 where a browser's rules hold. */
function isRedirect(response: Response): boolean {
  return response.status === 0 || (response.status >= 300 && response.status < 400);
}

/** `null` when there is more than `maxBytes`; the rest is not read. */
async function readUpTo(body: ReadableStream<Uint8Array>, maxBytes: number, abandoned: AbortSignal) {
  const reader = body.getReader();
  const cancel = (): void => {
    // A stream that broke rejects its own cancellation; there is nothing left to close then.
    reader.cancel().catch(() => undefined);
  };
  abandoned.addEventListener("abort", cancel, { once: true });
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) {
      abandoned.removeEventListener("abort", cancel);
      return concatBytes(...chunks);
    }
    length += value.length;
    if (length > maxBytes) {
      cancel();
      return null;
    }
    chunks.push(value);
  }
}
