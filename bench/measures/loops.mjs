// Opening and sealing in loops within one isolate.

import { environment } from "../provider.mjs";
import { bundle, startWorkerd } from "../workerd.mjs";

const PERMISSIONS = [0, 12, 50, 100, 200, 400];

/** An engine optimises differently from one start to the next, so the rounds are spread over fresh processes. */
export async function measureLoops(variables, { processes, rounds, count }) {
  const script = await bundle("loops/index.mjs");
  const microseconds = {};
  let sizes;
  for (let start = 1; start <= processes; start++) {
    console.log(`loops: process ${start} of ${processes}, ${rounds} rounds of ${count} cookies …`);
    const { urls, stop } = await startWorkerd([{ name: "loops", script, env: environment(variables) }]);
    try {
      const results = await ask(`${urls.loops}loops?rounds=${rounds}&count=${count}`);
      for (const [name, measured] of Object.entries(results)) {
        microseconds[name] = [...(microseconds[name] ?? []), ...measured];
      }
      sizes ??= await ask(`${urls.loops}sizes?permissions=${PERMISSIONS}`);
    } finally {
      await stop();
    }
  }
  return { microseconds, sizes: { permissions: PERMISSIONS, ...sizes } };
}

/** `Cookie` headers of signed-in visitors, by contestant. */
export async function makeCookies(variables, { count, expiresIn = 3600 }) {
  const worker = { name: "loops", script: await bundle("loops/index.mjs"), env: environment(variables) };
  const { urls, stop } = await startWorkerd([worker]);
  try {
    return await ask(`${urls.loops}cookies?count=${count}&expiresIn=${expiresIn}`);
  } finally {
    await stop();
  }
}

async function ask(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}
