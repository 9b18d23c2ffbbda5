import { allowedOrigin, allowedRequest, foreignRequest } from "./requests.mjs";

const expectations = {
  cors: {
    allowed: ({ status, headers }) => status === 200 && headers.get("Access-Control-Allow-Origin") === allowedOrigin,
    foreign: ({ headers }) => !headers.has("Access-Control-Allow-Origin"),
  },
  csrf: { allowed: ({ status }) => status === 200, foreign: ({ status }) => status === 403 },
  "security headers": { allowed: hasHeaders, foreign: hasHeaders },
};

/** Throws unless each policy lets an allowed page in, and keeps another site out where that is its task. */
export async function prove(name, policies) {
  for (const [policy, { allowed, foreign }] of Object.entries(expectations)) {
    for (const wall of [policy, "all three"]) {
      const isRight =
        allowed(await policies[wall](allowedRequest())) && foreign(await policies[wall](foreignRequest()));
      if (!isRight) throw new Error(`${name}: ${policy} answers wrongly (${wall}).`);
    }
  }
}

function hasHeaders({ headers }) {
  return headers.get("X-Content-Type-Options") === "nosniff" && headers.has("Strict-Transport-Security");
}
