import type { Authenticated, KeyDescription, RequestAuth } from "@edgeseal/core";
import { parseSessionKeys } from "@edgeseal/core";
import type { CookieFacts } from "./cookie-facts.js";
import type { DemoEnv } from "./index.js";
import { pageScript } from "./page-script.js";
import { pageStyles } from "./page-styles.js";

/** One page, no build step: whatever is known on the server is written here, the script only asks our own routes. */
export function renderPage(auth: RequestAuth, cookie: CookieFacts | null, env: DemoEnv): Response {
  const nonce = crypto.randomUUID();
  const body = auth.state === "authenticated" ? signedIn(auth, cookie, env) : signedOut(auth, env);
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>edgeseal · AuthKit on a Worker</title>
<link rel="icon" href="data:,">
<style nonce="${nonce}">${pageStyles}</style>
</head>
<body>
<header><p class="brand">edge<b>seal</b></p><p>One encrypted cookie, opened and renewed at the edge.</p></header>
<main>${body}</main>
<script nonce="${nonce}" type="module">${pageScript}</script>
</body>
</html>`;
  const connect = ["'self'", ...(env.DEMO_CONTROL ? [env.DEMO_CONTROL] : [])].join(" ");
  return new Response(html, {
    headers: {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Security-Policy": `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; img-src data:; connect-src ${connect}; base-uri 'none'; frame-ancestors 'none'`,
    },
  });
}

function signedOut(auth: RequestAuth, env: DemoEnv): string {
  const outage =
    auth.state === "unavailable" ? `<p role="status">Sign-in is having trouble; your session is kept.</p>` : "";
  return `<section class="welcome" data-state="${auth.state}">
<h1>Nobody is signed in</h1>
${outage}<p>Sign in, and this Worker seals your session into one cookie. There is nothing to look up on the next request.
${env.DEMO_CONTROL ? "The demo's identity provider asks for no password: you are Ada at once." : ""}</p>
<p><a class="button" href="/auth/login?returnTo=/">Sign in</a></p>
</section>`;
}

function signedIn(auth: Authenticated, cookie: CookieFacts | null, env: DemoEnv): string {
  const name = [auth.user.firstName, auth.user.lastName].filter(Boolean).join(" ") || auth.user.email || auth.user.id;
  return `<section class="who" data-state="authenticated">
<div><h1>${htmlText(name)}</h1><p>${htmlText(auth.user.email ?? auth.user.id)}</p></div>
<form method="post" action="/auth/logout"><input type="hidden" name="returnTo" value="/"><button class="quiet">Sign out</button></form>
</section>
${cookie ? cookieCard(cookie, env) : ""}
${organizationCard(auth, env)}
<section aria-labelledby="api-title">
<h2 id="api-title">Protected API</h2>
<p><code>GET /api/projects</code> wants the permission <code>projects:read</code>${env.DEMO_CONTROL ? ", which only Harbour Office grants" : ""}.</p>
<p><button id="call-api">Call it</button></p>
<pre id="api-answer" role="status" hidden></pre>
</section>`;
}

function cookieCard(cookie: CookieFacts, env: DemoEnv): string {
  const keys = parseSessionKeys(env.SESSION_KEYS)
    .describe()
    .map(
      (key) =>
        `<li data-key="${key.version}" data-key-state="${key.state}">key ${key.version} <i>${KEY_STATES[key.state]}</i></li>`,
    );
  const control = env.DEMO_CONTROL
    ? `<p><button id="rotate" data-control="${htmlText(env.DEMO_CONTROL)}">Rotate the keys</button></p>
<p id="rotate-answer" role="status">A new key starts to seal, the one before it still opens, older ones go. The Worker restarts; you stay signed in.</p>`
    : "";
  return `<section aria-labelledby="cookie-title">
<h2 id="cookie-title">Your cookie</h2>
<dl>
<div><dt>Sealed with</dt><dd>key <data id="key-version" value="${cookie.keyVersion}">${cookie.keyVersion}</data></dd></div>
<div><dt>Size</dt><dd><data id="cookie-length" value="${cookie.length}">${cookie.length.toLocaleString("en")}</data> characters</dd></div>
<div><dt>Renewed</dt><dd><data id="generation" value="${cookie.generation}">${times(cookie.generation)}</data></dd></div>
<div><dt>This page came</dt><dd>${cookie.isNew ? "with a new cookie" : "without a new one"}</dd></div>
</dl>
<ul class="keys" aria-label="Keys of this Worker">${keys.join("")}</ul>
${control}
</section>`;
}

const KEY_STATES: Readonly<Record<KeyDescription["state"], string>> = {
  staged: "opens, seals later",
  active: "seals",
  retired: "opens only",
  closed: "closed",
  revoked: "revoked",
};

function times(count: number): string {
  return count === 0 ? "not yet" : count === 1 ? "once" : `${count} times`;
}

function organizationCard(auth: Authenticated, env: DemoEnv): string {
  const names = env.DEMO_ORGANIZATIONS ?? "{}";
  const permissions = auth.permissions.map((permission) => `<code>${htmlText(permission)}</code>`).join(" ") || "none";
  return `<section aria-labelledby="organization-title" data-organization="${htmlText(auth.organizationId ?? "")}">
<h2 id="organization-title">Organisation</h2>
<form id="organizations" method="post" action="/auth/switch-org" data-names="${htmlText(names)}">Loading …</form>
<dl>
<div><dt>Role</dt><dd>${htmlText(auth.role ?? "none")}</dd></div>
<div><dt>Permissions</dt><dd>${permissions}</dd></div>
</dl>
</section>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function htmlText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}
