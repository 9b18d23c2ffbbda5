// Runs inside workerd. Microseconds of the question whether an origin is a registered destination.
import { kvDestinations, ssoHub } from "@edgeseal/core/sso";
// The look-up alone has no door: a request to the hub would hide it behind everything else that it does.
import { knowsDestination } from "../../packages/core/src/lib/sso/destinations.ts";
import { time } from "./loops/time.mjs";

/** So many of the registered ones are asked about, spread evenly. */
const ASKED = 10;
/** Isolates that know nothing yet; prepared first, so that only look-ups are timed. */
const FRESH = 20;
const BATCH = 100;
const WARM_MILLISECONDS = 30;

const originOf = (number) => `https://customer-${String(number).padStart(5, "0")}.example`;
const originsOf = (size) => Array.from({ length: size }, (_, number) => originOf(number));

/** Where domains are registered, as options of `ssoHub`. */
const registries = {
  list: (_env, size) => originsOf(size),
  KV: (env, size) => kvDestinations(env[`KV_${size}`]),
  D1: (env, size) => async (origin) => {
    return (await env[`DB_${size}`].prepare("SELECT 1 FROM domains WHERE origin = ?").bind(origin).first()) !== null;
  },
};

export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    const size = Number(searchParams.get("size"));
    try {
      return Response.json(await (pathname === "/fill" ? fill : measure)(env, size));
    } catch (error) {
      return new Response(error.stack, { status: 500 });
    }
  },
};

async function fill(env, size) {
  const database = env[`DB_${size}`];
  await database.prepare("CREATE TABLE domains (origin TEXT PRIMARY KEY) WITHOUT ROWID").run();
  const all = JSON.stringify(originsOf(size));
  await database.prepare("INSERT INTO domains SELECT value FROM json_each(?)").bind(all).run();
  for (let from = 0; from < size; from += 100) {
    const some = originsOf(size).slice(from, from + 100);
    await Promise.all(some.map((origin) => env[`KV_${size}`].put(`edgeseal:destination:${origin}`, "")));
  }
  for (const [name, registry] of Object.entries(registries)) await prove(name, registry(env, size), size);
  return readRows(database);
}

/** Throws unless every origin that is asked about is known, and a stranger is not. */
async function prove(name, destinations, size) {
  const knows = knowsDestination(destinations, {});
  for (const number of asked(size)) {
    if ((await knows(originOf(number))) !== true) throw new Error(`${name}: ${originOf(number)} is not known`);
  }
  if ((await knows(originOf(size))) !== false) throw new Error(`${name}: ${originOf(size)} is known`);
}

/** What the database reads for one look-up. */
async function readRows(database) {
  const { meta } = await database.prepare("SELECT 1 FROM domains WHERE origin = ?").bind(originOf(0)).run();
  return { rows: meta.rows_read };
}

/** For each registry the first question about an origin in an isolate, and the same again within a minute. */
async function measure(env, size) {
  // A list is at hand: nothing is asked for the first time.
  const list = knowsDestination(registries.list(env, size), {});
  const result = { list: await time(questionTo(list), manyOf(size), WARM_MILLISECONDS) };
  for (const name of ["KV", "D1"]) {
    const isolates = Array.from({ length: FRESH }, () => knowsDestination(registries[name](env, size), {}));
    const firsts = isolates.flatMap((knows) => asked(size).map((number) => [knows, number]));
    result[`${name}, cold`] = await time(([knows, number]) => questionTo(knows)(number), firsts, 0);
    result[`${name}, warm`] = await time(questionTo(isolates[0]), manyOf(size), WARM_MILLISECONDS);
  }
  const origins = originsOf(size);
  return { ...result, start: await time(() => ssoHub({ destinations: origins }), [0], WARM_MILLISECONDS) };
}

/** The text of an origin is a new one each time, as in a request. A wrong answer, however fast, is no result. */
function questionTo(knows) {
  return async (number) => {
    if ((await knows(originOf(number))) !== true) throw new Error(`${originOf(number)} was not found`);
  };
}

function asked(size) {
  return Array.from({ length: ASKED }, (_, at) => Math.floor((at * size) / ASKED));
}

function manyOf(size) {
  return new Array(BATCH).fill(asked(size)).flat();
}
