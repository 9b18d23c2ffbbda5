/** Counts the calls that go to storage, by the name of the store and of the method. */
export function countCalls() {
  const counts = {};
  return {
    counts,
    /** The same store, seen through its named methods alone. */
    counted(name, store, methods) {
      const calls = methods.map((method) => [
        method,
        (...given) => {
          const key = `${name} ${method}`;
          counts[key] = (counts[key] ?? 0) + 1;
          return store[method](...given);
        },
      ]);
      return Object.fromEntries(calls);
    },
  };
}
