import type { RequestListener } from "node:http";

/** An upstream that writes until its client has gone. */
export function endlessAnswer(): { readonly answer: RequestListener; readonly ended: Promise<void> } {
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  return {
    ended,
    answer(_, outgoing) {
      const timer = setInterval(() => outgoing.write("x".repeat(65_536)), 5);
      outgoing.on("close", () => {
        clearInterval(timer);
        resolve();
      });
    },
  };
}
