// Starts an isolate for each request and hands it the request: `/<app>`.
import { WorkerEntrypoint } from "cloudflare:workers";

let count = 0;

export default {
  fetch(request, { LOADER, ...env }, ctx) {
    const app = new URL(request.url).pathname.slice(1);
    const { scripts, ...variables } = env.APPS;
    const isolate = LOADER.get(`${app} ${count++}`, () => ({
      compatibilityDate: "2026-06-01",
      mainModule: "index.js",
      modules: { "index.js": scripts[app] },
      env: { ...variables, AUTH_KV: ctx.exports.SharedKv({}), AUTH_LEDGER: ctx.exports.SharedLedger({}) },
    }));
    return isolate.getEntrypoint().fetch(request);
  },
};

/** A KV namespace cannot be handed to a loaded isolate, an entrypoint can. */
export class SharedKv extends WorkerEntrypoint {
  get(...given) {
    return this.env.AUTH_KV.get(...given);
  }

  put(...given) {
    return this.env.AUTH_KV.put(...given);
  }
}

/** A ledger is part of what edgeseal is deployed with. A session that is not due has nothing to ask it. */
export class SharedLedger extends WorkerEntrypoint {
  getByName() {
    throw new Error("No session of this measurement is due.");
  }
}
