import { readdir, readFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";

/** What one isolate holds once all garbage is gone. */
export interface Heap {
  /** Name of its Worker. */
  readonly isolate: string;
  readonly megabytes: number;
}

interface Target {
  readonly id: string;
  readonly webSocketDebuggerUrl: string;
}

const BYTES = 1_048_576;

/**
 * V8's own count of what lives after full collections, for each Worker whose name `wake` knows. What the process holds
 * besides is garbage, or pages that its allocator keeps for later.
 */
export async function heapsAfterCollection(
  inspector: URL,
  isolates: readonly string[],
  wake: (isolate: string) => Promise<unknown>,
): Promise<readonly Heap[]> {
  const listed = await fetch(`http://${inspector.host}/json/list`);
  const targets: readonly Target[] = await listed.json();
  const heaps: Heap[] = [];
  for (const isolate of isolates) {
    const target = targets.find(({ id }) => id.endsWith(`:${isolate}`));
    if (target === undefined) throw new Error(`The inspector knows no ${isolate}.`);
    heaps.push({ isolate, megabytes: await heapOf(target.webSocketDebuggerUrl, () => wake(isolate)) });
  }
  return heaps;
}

async function heapOf(address: string, wake: () => Promise<unknown>): Promise<number> {
  const socket = new WebSocket(address);
  await heard(socket, "open");
  try {
    // Twice: what finalizers let go of falls to the second.
    for (const id of [1, 2]) {
      let isCollected = false;
      const collected = ask(socket, id, "HeapProfiler.collectGarbage").finally(() => (isCollected = true));
      // V8 collects when the isolate runs next after it was told, so it is made to run.
      while (!isCollected) await Promise.race([collected, wake().then(() => setTimeout(20))]);
      await collected;
    }
    const { usedSize, embedderHeapUsedSize, backingStorageSize } = await ask(socket, 3, "Runtime.getHeapUsage");
    return (
      [usedSize, embedderHeapUsedSize, backingStorageSize].reduce<number>((sum, one) => sum + Number(one), 0) / BYTES
    );
  } finally {
    socket.close();
  }
}

async function ask(socket: WebSocket, id: number, method: string): Promise<Record<string, unknown>> {
  socket.send(JSON.stringify({ id, method }));
  for (;;) {
    const answer = JSON.parse(String((await heard(socket, "message")).data));
    if (answer.id === id) return answer.result;
  }
}

const PATIENCE_MILLISECONDS = 10_000;

function heard(socket: WebSocket, type: "open" | "message"): Promise<MessageEvent> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(PATIENCE_MILLISECONDS);
    const failed = () => reject(new Error(`The inspector gave no ${type}.`));
    signal.addEventListener("abort", failed, { once: true });
    socket.addEventListener("close", failed, { once: true, signal });
    socket.addEventListener(type, (event) => resolve(event as MessageEvent), { once: true, signal });
  });
}

/** What the workerd processes that this process has started hold, in megabytes; 0 where the system does not tell. */
export async function residentMegabytes(): Promise<number> {
  const entries = await readdir("/proc").catch(() => []);
  const texts = await Promise.all(
    entries.filter((name) => /^\d+$/.test(name)).map((pid) => readFile(`/proc/${pid}/status`, "utf8").catch(() => "")),
  );
  const ours = texts.filter((text) => /^Name:\s+workerd$/m.test(text) && text.includes(`PPid:\t${process.pid}\n`));
  const kilobytes = ours.map((text) => Number(/^VmRSS:\s+(\d+)/m.exec(text)?.[1] ?? 0));
  return Math.round(kilobytes.reduce((sum, one) => sum + one, 0) / 1024);
}
