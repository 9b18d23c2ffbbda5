import { isRecord } from "../base/json.js";
import type { SignOnSurroundings } from "../flow/sign-on.js";

/** Of a hub: its cookie comes with navigations that other sites start, or nobody is ever signed in there. */
export function surroundingProblems({ ledger, cookie }: SignOnSurroundings): readonly string[] {
  const problems: string[] = [];
  if (ledger === undefined) {
    problems.push("`sso` needs `ledger`, the one of the hub and of all destinations: a ticket is spent once.");
  }
  if (isRecord(cookie) && cookie.sameSite === "strict") {
    problems.push("`sso` needs `cookie.sameSite` to be `lax`: people come to the hub and back from other sites.");
  }
  return problems;
}

/** Of a destination, too: its cookie is of its own host. */
export function destinationSurroundingProblems(surroundings: SignOnSurroundings): readonly string[] {
  const { cookie, store } = surroundings;
  const isShared = isRecord(cookie) && cookie.domain !== undefined;
  return [
    ...surroundingProblems(surroundings),
    ...(store === undefined
      ? []
      : ["`sso` needs sealed cookies on a destination, without `store`: an id in a cookie would open on every host."]),
    ...(isShared ? ["`sso` needs a cookie without `domain`: each destination has its own."] : []),
  ];
}
