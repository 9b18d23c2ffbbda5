import { forge, permissionsOf, userId } from "../reference.mjs";
import { requestWith } from "./request-with.mjs";

/** Throws unless this contestant opens what it sealed, knows whose it is, and refuses what somebody changed. */
export async function prove({ name, cookieName }, { prepare = (it) => it, seal, unseal, authenticate }, tokens) {
  const [{ accessToken, refreshToken, user }, other] = tokens;
  const text = await seal(prepare(tokens[0]));
  const opened = await unseal(text);
  expect(opened.accessToken === accessToken, "opens another access token than it sealed");
  expect(opened.refreshToken === refreshToken, "opens another refresh token than it sealed");

  const visitor = await authenticate(requestWith(cookieName, text));
  expect(visitor.userId === userId, "takes the visitor for somebody else");
  expect(visitor.permissions.join() === permissionsOf(12).join(), "reads other permissions");

  // With a refresh token that is nobody's: a contestant that asks for new tokens gets none.
  const forgery = { accessToken: forge(accessToken, other.accessToken), refreshToken: "forged", user };
  const forged = await seal(prepare(forgery));
  await expectRefusal(forged, "accepts a token that its provider has not signed");
  const middle = Math.floor(text.length / 2);
  const flipped = text.slice(0, middle) + (text[middle] === "A" ? "B" : "A") + text.slice(middle + 1);
  await expectRefusal(flipped, "accepts a seal that was changed");

  async function expectRefusal(cookie, problem) {
    const isRefused = await authenticate(requestWith(cookieName, cookie)).then(
      () => false,
      () => true,
    );
    expect(isRefused, problem);
  }

  function expect(isTrue, problem) {
    if (!isTrue) throw new Error(`${name} ${problem}`);
  }
}
