/** The text of `SESSION_KEYS` as an operator edits it from one deploy to the next. */
export function createKeyRing(generateSessionKeys) {
  let newest = 0;
  let keys = [];

  function make() {
    const [{ secret }] = JSON.parse(generateSessionKeys());
    newest++;
    return { version: newest, secret };
  }
  keys = [{ ...make(), active: true }];

  return {
    text: () => JSON.stringify(keys),
    versions: () => keys.map((key) => key.version),
    /** A new key seals at once; the one before it still opens; older ones go. */
    rotate() {
      const before = keys.find((key) => key.active);
      keys = [
        { ...make(), active: true },
        { ...before, active: false },
      ];
    },
    /** A new key beside the active one, which it follows at `activeFrom` (epoch seconds) by itself. */
    stage(activeFrom) {
      const moment = new Date(activeFrom * 1000).toISOString();
      keys = [{ ...make(), activeFrom: moment }, ...keys];
    },
    /** Only the newest key is left. */
    dropOld() {
      const { version, secret } = keys[0];
      keys = [{ version, secret, active: true }];
    },
  };
}
