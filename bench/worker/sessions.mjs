// Runs inside workerd. Milliseconds of a call to the object that holds the sessions of one person.
import { SessionObject } from "@edgeseal/workers-adapter/durable-objects";

export { SessionObject };

/** As long as a usual session is when it is sealed. */
const SEALED = `es1.${"x".repeat(1_700)}`;

export default {
  async fetch(request, _env, ctx) {
    const { searchParams } = new URL(request.url);
    const count = Number(searchParams.get("count"));
    const shelf = ctx.exports.SessionObject.getByName(searchParams.get("person"));
    const now = Math.floor(Date.now() / 1000);
    for (let at = 0; at < count; at += 50) {
      const some = Array.from({ length: 50 }, (_, more) => shelf.save(recordOf(at + more, now)));
      await Promise.all(some);
    }
    const [listed, list] = await timed(() => shelf.list());
    const [loaded, load] = await timed(() => shelf.load(`key-${count - 1}`));
    const [ended, end] = await timed(() => shelf.end({ kind: "all" }));
    if (listed.length !== count || loaded?.state !== "found" || ended.length !== count || (await shelf.list()).length) {
      return new Response(`listed ${listed.length}, ended ${ended.length} of ${count}`, { status: 500 });
    }
    return Response.json({ list, load, end });
  },
};

function recordOf(at, now) {
  const times = { createdAt: now - at, expiresAt: now + 86_400, endsAt: now + 86_400, renewAt: now + 3_600 };
  const facts = {
    userAgent: "u".repeat(120),
    ipAddress: "192.0.2.1",
    organizationId: "org_01ABCDEFGHJKMNPQRSTVWXYZ00",
  };
  return { key: `key-${at}`, name: `session-${at}`, sealed: SEALED, generation: 0, ...times, ...facts };
}

/** The clock stands still while code runs, and moves with each answer from outside. */
async function timed(call) {
  const begin = performance.now();
  const answer = await call();
  return [answer, performance.now() - begin];
}
