import { LedgerObject as Ledger } from "../src/durable-objects.js";

/** Only the clock is not the platform's: hours pass within a test, and two isolates may disagree. */
const platformNow = Date.now;
let millisecondsAhead = 0;
Date.now = () => platformNow() + millisecondsAhead;

/** KV as it can be: every call of this isolate's fails while it is told to. */
let kvFails = false;
let withKv: Env | undefined;

function unreliable(kv: KVNamespace): Pick<KVNamespace, "get" | "put" | "delete"> {
  const ask = <Method extends "get" | "put" | "delete">(method: Method) =>
    (async (...given: readonly unknown[]) => {
      if (kvFails) throw new Error(`KV ${method} failed: 500 Internal Server Error`);
      return Reflect.apply(kv[method], kv, given);
    }) as unknown as KVNamespace[Method];
  return { get: ask("get"), put: ask("put"), delete: ask("delete") };
}

/** Can be made to die, as objects do when their code is updated or their machine goes. */
export class LedgerObject extends Ledger {
  die(): void {
    this.ctx.abort("the object was moved");
  }
}

interface Env {
  readonly AUTH_LEDGER: DurableObjectNamespace<LedgerObject>;
  readonly AUTH_KV: KVNamespace;
}

/** The app, with paths below `/test/` by which a test lets its surroundings fail. */
export function failing(app: { fetch: ExportedHandlerFetchHandler<Cloudflare.Env> }): ExportedHandler<Env> {
  return {
    async fetch(request, env, ctx) {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname === "/test/clock") {
        millisecondsAhead = Number(searchParams.get("seconds")) * 1000;
        return new Response();
      }
      if (pathname === "/test/kv") {
        kvFails = searchParams.get("fails") === "true";
        return new Response();
      }
      if (pathname === "/test/die") {
        const stub = env.AUTH_LEDGER.getByName(searchParams.get("name") ?? "");
        await Promise.resolve(stub.die()).catch(() => undefined);
        return new Response();
      }
      // The same object for the life of the isolate, as the platform's own env is: an auth is made once for each.
      withKv ??= { ...env, AUTH_KV: unreliable(env.AUTH_KV) as KVNamespace };
      return app.fetch(request, withKv as unknown as Cloudflare.Env, ctx);
    },
  };
}
