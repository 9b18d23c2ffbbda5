import { env } from "cloudflare:workers";
import type { Authenticated, DeviceSession, RequestAuth } from "@edgeseal/core";
import { createSecurityHeaders } from "@edgeseal/core/policies";
import { type Html, html } from "./html.js";
import { pageStyles } from "./page-styles.js";

const headers = createSecurityHeaders({
  preset: "page",
  // Signing out goes on to the provider, and browsers hold `form-action` against redirects, too.
  csp: { "script-src": ["'none'"], "form-action": [new URL(env.OIDC_ISSUER).origin] },
});

export function renderWelcome(state: RequestAuth["state"]): Response {
  if (state === "unavailable") {
    return page(html`<section class="welcome" data-state="${state}">
<h1>A moment, please</h1>
<p>We cannot tell who you are just now. If you were signed in, you still are.</p>
</section>`);
  }
  return page(html`<section class="welcome" data-state="${state}">
<h1>Nobody is signed in</h1>
<p>Sign in to see where you are signed in, and to end what you do not know.</p>
<p><a class="button" href="/auth/login?returnTo=/">Sign in</a></p>
</section>`);
}

/** `ended`: how many have just been, as the address says it. */
export function renderDevices(auth: Authenticated, devices: readonly DeviceSession[], ended: string | null): Response {
  const { user } = auth;
  const name = [user.firstName, user.lastName].filter(Boolean).join(" ") || user.email || user.id;
  const others = devices.filter(({ current }) => !current).length;
  return page(html`<section class="who" data-state="authenticated">
<div><h1>${name}</h1><p>${user.email ?? user.id}</p></div>
<form method="post" action="/auth/logout"><input type="hidden" name="returnTo" value="/"><button class="quiet">Sign out</button></form>
</section>
${whatHappened(ended)}
<section aria-labelledby="devices-title">
<h2 id="devices-title">Where you are signed in</h2>
<ul class="devices">${devices.map(deviceRow)}</ul>
${others > 0 && html`<form method="post" action="/devices/end-others"><button>End all others</button></form>`}
</section>`);
}

function whatHappened(ended: string | null): Html | false {
  if (ended === null || !/^\d{1,4}$/.test(ended)) return false;
  const count = Number(ended);
  const said =
    count === 0 ? "It was signed out already." : count === 1 ? "One is signed out." : `${count} are signed out.`;
  return html`<p class="notice" role="status">${said}</p>`;
}

/** What a client says of itself is its own word, and may be anything: text, never markup. */
function deviceRow({ id, current, ...device }: DeviceSession): Html {
  const name = device.device ?? "Unknown device";
  const end = html`<form method="post" action="/devices/end"><input type="hidden" name="id" value="${id}"><button class="quiet" aria-label="End ${name}">End</button></form>`;
  return html`<li data-device="${id}">
<div>
<h3>${name}${current && html` <em>this device</em>`}</h3>
<dl>
<div><dt>Signed in</dt><dd>${time(device.createdAt)}</dd></div>
<div><dt>Last seen</dt><dd>${time(device.seenAt)}</dd></div>
<div><dt>Address</dt><dd>${device.ipAddress ?? "not known"}</dd></div>
${device.organizationId !== undefined && html`<div><dt>Organisation</dt><dd>${device.organizationId}</dd></div>`}
</dl>
<p class="agent">${device.userAgent ?? ""}</p>
</div>
${!current && end}
</li>`;
}

function time(seconds: number): Html {
  const date = new Date(seconds * 1000);
  const shown = date.toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" });
  return html`<time datetime="${date.toISOString()}">${shown} UTC</time>`;
}

function page(main: Html): Response {
  const nonce = headers.nonce();
  const { markup } = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>edgeseal · My devices</title>
<link rel="icon" href="data:,">
<style nonce="${nonce}">${{ markup: pageStyles }}</style>
</head>
<body>
<header><p class="brand">edge<b>seal</b></p><p>Every place where you are signed in, and the end of each.</p></header>
<main>${main}</main>
</body>
</html>`;
  const response = new Response(markup, {
    // For strangers, too: a nonce is for one answer.
    headers: { "Content-Type": "text/html; charset=utf-8", "Cache-Control": "private, no-store" },
  });
  return headers.apply(response, { nonce });
}
