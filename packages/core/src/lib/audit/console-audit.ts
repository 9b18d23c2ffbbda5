import type { AuditSink } from "../base/ports.js";

/** Events as lines of JSON on the console, which log drains and Workers Logs take apart: `{"source":"edgeseal", …}`. */
export function consoleAudit(): AuditSink {
  return {
    async send(event) {
      // biome-ignore lint/suspicious/noConsole: that is what it is for
      console.log(JSON.stringify({ source: "edgeseal", ...event }));
    },
  };
}
