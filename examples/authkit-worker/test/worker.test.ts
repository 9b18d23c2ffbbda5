import { env, exports } from "cloudflare:workers";
import { createTestProvider } from "@edgeseal/core/testing";
import { expect, test, vi } from "vitest";

const provider = createTestProvider({
  as: { workos: { clientId: env.WORKOS_CLIENT_ID } },
  sessionKeys: env.SESSION_KEYS,
});

test("a person without the permission is refused", async () => {
  vi.spyOn(globalThis, "fetch").mockImplementation(provider.fetch);
  const Cookie = await provider.cookieFor({ organizationId: "org_1", permissions: ["projects:write"] });
  const response = await exports.default.fetch("https://app.example.com/api/projects", { headers: { Cookie } });
  expect([response.status, await response.json()]).toMatchObject([403, { error: "forbidden" }]);
});
