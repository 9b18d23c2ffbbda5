const MAX_COPIES = 4;

interface Slot<Kept> {
  readonly env: object;
  readonly kept: Kept;
}

/**
 * One value per env, made at first sight. workerd hands every request of an isolate the same env object, but frameworks
 * may copy it for each request: a copy with the same variables and bindings is the same env. At most four are compared.
 */
export function perEnv<Kept>(make: () => Kept): (env: unknown) => Kept {
  const known = new WeakMap<object, Kept>();
  let recent: readonly Slot<Kept>[] = [];

  return (env) => {
    const holder = isObject(env) ? env : NO_ENV;
    const found = known.get(holder);
    if (found) return found;
    const twin = recent.find((slot) => sameFields(slot.env, holder));
    const kept = twin ? twin.kept : make();
    if (!twin) recent = [{ env: holder, kept }, ...recent].slice(0, MAX_COPIES);
    known.set(holder, kept);
    return kept;
  };
}

/** Stands for an env that is no object (`undefined` in a test): configuration will say what is missing. */
const NO_ENV: object = Object.freeze({});

function sameFields(a: object, b: object): boolean {
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => Object.hasOwn(b, name) && Reflect.get(a, name) === Reflect.get(b, name));
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
