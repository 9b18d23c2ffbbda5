import { runInDurableObject } from "cloudflare:test";

/** An RPC promise can be called, too, and `expect` calls what it can: it gets a plain promise. */
export async function rejection(call: Promise<unknown>): Promise<string> {
  try {
    return `resolved: ${JSON.stringify(await call)}`;
  } catch (error) {
    return String(error);
  }
}

/** As seen by the object: rows of a table of its, in order, and its alarm. */
export function storedIn(
  stub: DurableObjectStub,
  table: string,
  order: string,
): Promise<{ readonly rows: readonly unknown[]; readonly alarm: number | null }> {
  return runInDurableObject(stub, async (_object, { storage }) => {
    const tables = storage.sql.exec("SELECT name FROM sqlite_master WHERE name = ?", table).toArray();
    const rows = tables.length === 0 ? [] : storage.sql.exec(`SELECT * FROM ${table} ORDER BY ${order}`).toArray();
    return { rows, alarm: await storage.getAlarm() };
  });
}
