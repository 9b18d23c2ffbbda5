import { generateSessionKeys } from "@edgeseal/core/seal";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundle, type SocketWorkers, startSocketWorkers } from "./workerd.js";

// `new Request()` tidies a URL up; a socket does not, and workerd hands the Worker what came over the wire.
let workers: SocketWorkers;

beforeAll(async () => {
  const variables = {
    SESSION_KEYS: generateSessionKeys(),
    WORKOS_CLIENT_ID: "client_1",
    WORKOS_API_KEY: "sk_test_raw",
    WORKOS_REDIRECT_URI: "https://app.example/auth/callback",
  };
  workers = await startSocketWorkers({ name: "app", contents: await bundle("raw-paths-worker.ts"), variables });
});
afterAll(() => workers.dispose());

describe("TH-06 over a raw socket", () => {
  test.each([
    "/admin/../public/x",
    "/admin/%2e%2e/public/x",
    "/admin/.%2e/public/x",
    "/admin/./../public/x",
    "/admin\\..\\public\\x",
    "http://app.example/admin/../public/x",
  ])("TH-06 %s does not open what lies under /admin", async (target) => {
    const answer = await workers.raw(`GET ${target}`);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('{"error":"ambiguous_path"}');
    expect(answer).not.toContain("secret");
  });

  test("TH-06 the plain paths are what they are", async () => {
    expect(await workers.raw("GET /public/x")).toMatch(/^HTTP\/1\.1 200 .*public page/s);
    expect(await workers.raw("GET /admin/x")).toMatch(/^HTTP\/1\.1 401 /);
  });
});
