import { connect } from "node:net";
import { generateSessionKeys } from "@edgeseal/core/seal";
import { build } from "esbuild";
import { Miniflare, type WorkerOptions } from "miniflare";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

// `new Request()` tidies a URL up; a socket does not, and workerd hands the Worker what came over the wire.
const HOST = "127.0.0.1";
const SOURCE = `
import { withAuth } from "./src/index.js";
// A router as many are: it takes the path out of the text and does not parse it.
const router = (request) => request.url.replace(/^https?:\\/\\/[^/]+/, "").split("?")[0];
export default withAuth(() => ({ publicPaths: ["/public/*"] }), {
  fetch: (request) => new Response(router(request).startsWith("/admin") ? "secret" : "public page"),
});`;

let miniflare: Miniflare;
let port = 0;

beforeAll(async () => {
  const { outputFiles } = await build({
    stdin: { contents: SOURCE, resolveDir: new URL("..", import.meta.url).pathname, loader: "ts" },
    bundle: true,
    write: false,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:workers"],
  });
  const variables = {
    SESSION_KEYS: generateSessionKeys(),
    WORKOS_CLIENT_ID: "client_1",
    WORKOS_API_KEY: "sk_test_raw",
    WORKOS_REDIRECT_URI: "https://app.example/auth/callback",
  };
  const worker = {
    config: {
      name: "app",
      compatibilityDate: "2026-06-01",
      manifest: { mainModule: "i.js", modules: { "i.js": { type: "esm", contents: outputFiles[0]?.text ?? "" } } },
      env: Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, { type: "text", value }])),
    },
    dev: { unsafeDirectSockets: [{ host: HOST, port: 0 }] },
  };
  miniflare = new Miniflare({
    cf: false,
    logRequests: false,
    telemetry: { enabled: false },
    workers: [worker] as unknown as WorkerOptions[],
  });
  port = Number((await miniflare.unsafeGetDirectURL("app")).port);
});
afterAll(() => miniflare.dispose());

function send(target: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect(port, HOST, () => {
      socket.write(`GET ${target} HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n\r\n`);
    });
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => {
      answer += text;
    });
    socket.on("close", () => resolve(answer));
    socket.on("error", reject);
  });
}

describe("TH-06 over a raw socket", () => {
  test.each([
    "/admin/../public/x",
    "/admin/%2e%2e/public/x",
    "/admin/.%2e/public/x",
    "/admin/./../public/x",
    "/admin\\..\\public\\x",
    "http://app.example/admin/../public/x",
  ])("TH-06 %s does not open what lies under /admin", async (target) => {
    const answer = await send(target);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('{"error":"ambiguous_path"}');
    expect(answer).not.toContain("secret");
  });

  test("TH-06 the plain paths are what they are", async () => {
    expect(await send("/public/x")).toMatch(/^HTTP\/1\.1 200 .*public page/s);
    expect(await send("/admin/x")).toMatch(/^HTTP\/1\.1 401 /);
  });
});
