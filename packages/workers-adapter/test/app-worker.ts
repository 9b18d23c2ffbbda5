import { LedgerObject as Ledger } from "../src/durable-objects.js";
import { withAuth } from "../src/index.js";

/** The quick start of the README: all from env. */
const app = withAuth({
  fetch(_request, _env, _ctx, auth) {
    return Response.json({ user: auth.user.id, refreshed: auth.refreshed, degraded: auth.degraded });
  },
});

/** Only the clock is not the platform's: hours pass within a test, and two isolates may disagree. */
const platformNow = Date.now;
let millisecondsAhead = 0;
Date.now = () => platformNow() + millisecondsAhead;

/** Can be made to die, as objects do when their code is updated or their machine goes. */
export class LedgerObject extends Ledger {
  die(): void {
    this.ctx.abort("the object was moved");
  }
}

interface Env {
  readonly AUTH_LEDGER: DurableObjectNamespace<LedgerObject>;
}

export default {
  async fetch(request, env, ctx) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/test/clock") {
      millisecondsAhead = Number(searchParams.get("seconds")) * 1000;
      return new Response();
    }
    if (pathname === "/test/die") {
      const stub = env.AUTH_LEDGER.getByName(searchParams.get("name") ?? "");
      await Promise.resolve(stub.die()).catch(() => undefined);
      return new Response();
    }
    return app.fetch(request, env as unknown as Cloudflare.Env, ctx);
  },
} satisfies ExportedHandler<Env>;
