// `check`: what the gateway and the service let through and what not, over HTTP. Throws at the first surprise.
import assert from "node:assert/strict";
import { createBrowser } from "../../scripts/demo/browser.mjs";
import { loadPage } from "../../scripts/demo/page-load.mjs";
import { say } from "../../scripts/demo/stage.mjs";

const COOKIE = "__Host-session";
const SCRIPT = { "X-Requested-With": "check" };
const JSON_SCRIPT = { ...SCRIPT, "Content-Type": "application/json" };
const NOT_FOUND = [404, { error: "not_found" }];
const CSRF = [403, { error: "csrf" }];

export async function walk({ origin, exposed, organizations, register, bySomebodyElse, forAnotherService }) {
  const [harbour, lighthouse, watch] = organizations;
  const browser = createBrowser(origin);
  /** What a client might write to be taken for somebody of Harbour Office. */
  const claims = {
    "X-Tenant-ID": harbour.id,
    X_Tenant_ID: harbour.id,
    "X-User-ID": "user_forged",
    "X-User-Permissions": "projects:read projects:write gateway:audit",
    "Edgeseal-Identity": bySomebodyElse,
  };

  await strangers();
  await theServiceAlone();
  const project = await signedIn();
  await otherTenants(project);
  await foreignPages();
  await otherOrigins();
  await limits();
  await signedOut();
  await theLog();

  async function strangers() {
    const front = await browser.open("/");
    assert.equal(front.status, 200);
    assert.match(front.html, /data-state="anonymous"/);
    assert.equal(front.headers.get("Cache-Control"), "private, no-store");
    const [, nonce] = /script-src 'nonce-([\w-]+)'/.exec(front.headers.get("Content-Security-Policy"));
    assert.equal(front.html.split(`nonce="${nonce}"`).length, 3, "style and script bear the nonce of the header");
    const refusal = [401, { error: "unauthenticated", loginUrl: "/auth/login" }];
    for (const path of ["/api/projects", "/api/caller", "/audit"]) {
      assert.deepEqual(await json(path), refusal);
      assert.deepEqual(await json(path, { headers: claims }), refusal);
    }
    const page = await loadPage(new URL("/audit", origin), { cookie: "", site: "none" });
    assert.deepEqual([page.status, page.headers.get("Location")], [302, "/auth/login?returnTo=%2Faudit"]);
    assert.deepEqual(await json("/api/projects%2f1"), [400, { error: "ambiguous_path" }]);
    say(
      "strangers: a page with a nonce, 401 or the sign-in with and without forged headers, 400 for a path with two readings",
    );
  }

  async function theServiceAlone() {
    const said = async (headers) => (await fetch(`${exposed}/projects`, { headers })).status;
    assert.equal(await said({}), 401);
    assert.equal(await said({ ...claims, "Edgeseal-Identity": "e30.e30.e30" }), 401);
    assert.equal(await said(claims), 401);
    assert.equal(await said({ ...claims, "Edgeseal-Identity": forAnotherService }), 403);
    say("the service, asked directly: 401 for forged headers and signatures, 403 for what another service was told");
  }

  async function signedIn() {
    const arrived = await browser.open("/auth/login?returnTo=/");
    assert.deepEqual([arrived.status, arrived.url], [200, `${origin}/`]);
    assert.match(arrived.html, /Ada Byron/);
    assert.deepEqual(await json("/api/projects"), [403, { error: "forbidden", missing: { organization: true } }]);
    await switchTo(harbour);
    const created = await browser.open("/projects", { fields: { name: "Tide table <b>" } });
    assert.equal(created.url, `${origin}/`);
    assert.match(created.html, /<b>Tide table &lt;b&gt;<\/b>/);
    assert.match((await browser.open("/projects", { fields: { name: " " } })).html, /role="alert"/);
    const [status, project] = await json("/api/projects", post({ name: "Beacon" }));
    assert.deepEqual([status, project.name], [201, "Beacon"]);
    assert.equal((await json("/api/projects"))[1].projects.length, 2);
    assert.deepEqual(await json(`/api/projects/${project.id}`), [200, project]);
    say(`signed in, in ${harbour.name}: a project by a form without a script, one more by the API`);

    const [, told] = await json("/api/caller", { headers: claims });
    assert.deepEqual(
      [told.organizationId, told.userId, told.permissions.includes("gateway:audit")],
      [harbour.id, project.createdBy, false],
    );
    const leaked = told.headers.filter((name) => /cookie|authorization|_/.test(name));
    assert.deepEqual(leaked, [], "neither cookies, nor tokens, nor other spellings reach the service");
    say("the service is told who asks: forged headers are gone, the cookie stays with the gateway");
    return project;
  }

  async function otherTenants({ id }) {
    const stale = { headers: { "X-Expected-Org": harbour.id } };
    await switchTo(lighthouse);
    assert.deepEqual(await json("/api/projects"), [200, { projects: [] }]);
    assert.deepEqual(await json("/api/projects", { headers: claims }), [200, { projects: [] }]);
    for (const asked of [id, crypto.randomUUID()]) assert.deepEqual(await json(`/api/projects/${asked}`), NOT_FOUND);
    assert.deepEqual(await json("/api/projects", stale), [409, { error: "org_changed" }]);
    const { html } = await browser.open("/");
    assert.match(html, /None yet/);
    assert.doesNotMatch(html, /Beacon/);
    say(`switched to ${lighthouse.name}: nothing of the other, its ids are 404 like any other, a stale tab 409`);
    await switchTo(watch);
    const missing = { permission: "projects:read" };
    assert.deepEqual(await json("/api/projects"), [403, { error: "forbidden", missing }]);
    await switchTo(harbour);
    assert.equal((await json("/audit"))[0], 403);
    say(`switched to ${watch.name}: 403, a permission is missing`);
  }

  async function foreignPages() {
    const { headers, ...body } = post({ name: "Wreck" });
    const { "X-Requested-With": _, ...bare } = headers;
    const evil = { Origin: "https://evil.example", "Sec-Fetch-Site": "cross-site" };
    assert.deepEqual(await json("/api/projects", { ...body, headers: bare }), CSRF);
    assert.deepEqual(await json("/api/projects", { ...body, headers: { ...headers, ...evil } }), CSRF);
    assert.equal((await browser.open("/projects", { fields: { name: "Wreck" }, from: evil.Origin })).status, 403);
    assert.equal((await json("/api/projects"))[1].projects.length, 2);
    say("POST without X-Requested-With, from another origin, by a form of another site: 403 csrf, nothing is created");
  }

  async function otherOrigins() {
    const named = "https://web-12.pages.dev";
    for (const allowed of ["https://www.example.com", "https://pr-7.preview.example.com"]) {
      assert.equal((await preflight(allowed)).headers.get("Access-Control-Allow-Origin"), allowed);
    }
    for (const other of ["https://pr-7.preview.example.com.evil.example", "https://web-13.pages.dev", "null"]) {
      const answer = await preflight(other);
      assert.deepEqual([answer.status, answer.headers.get("Access-Control-Allow-Origin")], [204, null]);
    }
    await register(named);
    const permitted = (await preflight(named)).headers;
    assert.equal(permitted.get("Access-Control-Allow-Origin"), named);
    assert.match(permitted.get("Access-Control-Allow-Headers"), /x-requested-with/i);
    const read = await browser.request("/api/projects", { headers: { ...SCRIPT, Origin: named } });
    assert.deepEqual(
      [
        read.status,
        read.headers.get("Access-Control-Allow-Origin"),
        read.headers.get("Access-Control-Allow-Credentials"),
      ],
      [200, named, "true"],
    );
    assert.match(read.headers.get("Vary"), /origin/i);
    say("preflights: named origins, a pattern and a registered preview pass, look-alikes and other previews do not");
  }

  async function limits() {
    const token = () => browser.request("/auth/token", { method: "POST", headers: JSON_SCRIPT, body: "{}" });
    const passed = await Promise.all(Array.from({ length: 10 }, token));
    assert.deepEqual(new Set(passed.map(({ status }) => status)), new Set([400]));
    const eleventh = await token();
    assert.deepEqual([eleventh.status, await eleventh.json()], [429, { error: "rate_limited" }]);
    const seconds = Number(eleventh.headers.get("Retry-After"));
    assert.ok(seconds > 0 && seconds <= 60);
    assert.equal(eleventh.headers.get("RateLimit-Policy"), '"/auth/token";q=10;w=60');
    assert.equal((await json("/auth/me"))[1].state, "authenticated");
    say(`the eleventh POST /auth/token within a minute: 429, again in ${seconds} s; all else goes on`);
  }

  async function signedOut() {
    const left = await browser.open("/auth/logout", { fields: { returnTo: "/" } });
    assert.equal(left.url, `${origin}/`);
    assert.match(left.html, /data-state="anonymous"/);
    assert.equal(browser.cookies.has(COOKIE), false);
    assert.equal((await json("/api/projects"))[0], 401);
    say("signed out: by way of the provider to the first page, a stranger again");
  }

  async function theLog() {
    await browser.open("/auth/login?returnTo=/");
    await switchTo(watch);
    const types = ["login_success", "csrf", "origin_rejected", "rate_limited", "forbidden", "org_switch", "logout"];
    for (const type of types) await logged(type);
    const everything = JSON.stringify(await logged("login_success"));
    assert.doesNotMatch(everything, /eyJ/, "no token is in the log");
    await switchTo(harbour);
    const { html } = await browser.open("/");
    assert.match(html, /<b>logout<\/b>/);
    assert.doesNotMatch(html, /<b>rate_limited/, "what strangers did belongs to no organisation");
    say(`the log, as ${watch.name} may read it, has ${types.join(", ")}`);
  }

  /** Events are written behind the answers, so a look may come too early. */
  async function logged(type) {
    for (let look = 0; look < 50; look++) {
      const [status, { events }] = await json(`/audit?type=${type}`);
      assert.equal(status, 200);
      assert.ok(events.every((event) => event.type === type));
      if (events.length > 0) return events;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return assert.fail(`no ${type} in the log`);
  }

  /** As a script of our own page asks, unless `headers` says otherwise. Whatever is answered, no cache may keep. */
  async function json(path, { headers = {}, ...options } = {}) {
    const own = options.method === "POST" ? headers : { ...SCRIPT, ...headers };
    const response = await browser.request(path, { ...options, headers: own });
    assert.match(response.headers.get("Cache-Control"), /no-store/, `${path} may be kept`);
    assert.equal(response.headers.get("X-Content-Type-Options"), "nosniff");
    return [response.status, await response.json()];
  }

  function post(value) {
    return { method: "POST", headers: JSON_SCRIPT, body: JSON.stringify(value) };
  }

  async function switchTo({ id }) {
    const [status, session] = await json("/auth/switch-org", post({ organizationId: id }));
    assert.deepEqual([status, session.organizationId], [200, id]);
  }

  function preflight(from) {
    const asks = { "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-requested-with" };
    return fetch(`${origin}/api/projects`, { method: "OPTIONS", headers: { Origin: from, ...asks } });
  }
}
