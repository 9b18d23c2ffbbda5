/**
 * The same session in a cookie whose access token ended a minute ago. The emulator's tokens live an hour; whoever holds
 * the keys need not wait.
 */
export async function expired(core, sessionKeys, text, cookieName) {
  const keyring = core.parseSessionKeys(sessionKeys);
  const opened = await core.unsealSession(text, keyring, { cookieName });
  if (!opened.ok) throw new Error(`The cookie does not open: ${opened.reason}.`);
  const ended = Math.floor(Date.now() / 1000) - 60;
  const [header, claims, signature] = opened.session.accessToken.split(".");
  const past = { ...JSON.parse(Buffer.from(claims, "base64url").toString()), iat: ended - 300, exp: ended };
  const accessToken = [header, Buffer.from(JSON.stringify(past)).toString("base64url"), signature].join(".");
  return await core.sealSession({ ...opened.session, accessToken, expiresAt: ended }, keyring, { cookieName });
}
