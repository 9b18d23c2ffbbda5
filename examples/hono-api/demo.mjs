// `start`: this Worker on workerd beside the WorkOS emulator, until stopped. `check` asks every route and ends.
import assert from "node:assert/strict";
import { createBrowser } from "../../scripts/demo/browser.mjs";
import { loadCore } from "../../scripts/demo/core.mjs";
import { isCheck, say, stage } from "../../scripts/demo/stage.mjs";
import { surroundings } from "../../scripts/demo/surroundings.mjs";

await stage(async (undo) => {
  const { provider, ...around } = await surroundings(undo, { example: "hono-api" });
  const worker = around.worker();
  const { generateSessionKeys } = await loadCore();
  await worker.start(generateSessionKeys());
  console.log(`ready ${worker.origin}`);
  if (isCheck) await ask(worker.origin, provider.organizations);
});

async function ask(origin, [harbour, watch]) {
  const browser = createBrowser(origin);
  const json = async (path, options) => {
    const response = await browser.request(path, options);
    return [response.status, await response.json()];
  };

  assert.deepEqual(await json("/me"), [401, { error: "unauthenticated", loginUrl: "/auth/login" }]);
  const foreign = await browser.request("/orgs/x%2fy/projects");
  assert.deepEqual([foreign.status, await foreign.json()], [400, { error: "ambiguous_path" }]);
  say("strangers: 401, and 400 for a path with two readings");

  await browser.visit("/auth/login?returnTo=/me");
  const [, ada] = await json("/me");
  assert.equal(ada.user.email, "ada@example.com");
  assert.deepEqual(await json(`/orgs/${harbour.id}/projects`), [
    403,
    { error: "forbidden", missing: { organization: harbour.id } },
  ]);
  say("signed in: 403 for an organisation the session is not in");

  await switchTo(harbour);
  const [status, { projects }] = await json(`/orgs/${harbour.id}/projects`);
  assert.deepEqual([status, projects.length], [200, 2]);
  assert.equal((await json(`/orgs/${watch.id}/projects`))[0], 403);
  assert.deepEqual(await json(`/orgs/${harbour.id}/projects`, { headers: { "X-Expected-Org": watch.id } }), [
    409,
    { error: "org_changed" },
  ]);
  say(`switched to ${harbour.name}: its projects, nobody else's, and 409 for a tab that shows another one`);

  // The emulator's tokens, unlike the real ones, do not say when somebody signed in: that is never recent.
  assert.deepEqual(await json(`/orgs/${harbour.id}/projects/1`, { method: "DELETE" }), [
    403,
    {
      error: "forbidden",
      missing: { recentAuth: { withinSeconds: 300 } },
      loginUrl: `/auth/login?maxAgeSeconds=300&organizationId=${harbour.id}`,
    },
  ]);
  await switchTo(watch);
  assert.deepEqual(await json(`/orgs/${watch.id}/projects`), [
    403,
    { error: "forbidden", missing: { permission: "projects:read" } },
  ]);
  say(`switched to ${watch.name}: 403, a permission is missing`);

  async function switchTo({ id }) {
    const headers = { "Content-Type": "application/json" };
    const body = JSON.stringify({ organizationId: id });
    assert.equal((await json("/auth/switch-org", { method: "POST", headers, body }))[0], 200);
  }
}
