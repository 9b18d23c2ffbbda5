/** An upstream whose headers come after the call was ended, and what became of both. */
export function lateUpstream(): {
  readonly answer: (request: Request) => Promise<Response>;
  /** Resolves once it has answered: whether the call was ended, and its late body closed. */
  readonly outcome: () => Promise<{ ended: boolean; closed: boolean }>;
} {
  let ended = false;
  let closed = false;
  const late = Promise.withResolvers<Response>();
  return {
    answer(request) {
      request.signal.addEventListener("abort", () => {
        ended = true;
        const cancel = (): void => {
          closed = true;
        };
        late.resolve(new Response(new ReadableStream({ cancel })));
      });
      return late.promise;
    },
    async outcome() {
      await late.promise;
      await Promise.resolve();
      return { ended, closed };
    },
  };
}

/** An upstream that never answers, and whose client leaves as soon as it is asked. */
export function leavingClient(): {
  readonly signal: AbortSignal;
  readonly answer: (request: Request) => Promise<Response>;
} {
  const client = new AbortController();
  return {
    signal: client.signal,
    answer: (request) =>
      new Promise((_, reject) => {
        request.signal.addEventListener("abort", () => reject(new DOMException("gone", "AbortError")));
        client.abort();
      }),
  };
}
