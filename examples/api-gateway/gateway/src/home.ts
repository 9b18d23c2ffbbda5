import { env } from "cloudflare:workers";
import type { AuditRecord, Authenticated, RequestAuth } from "@edgeseal/core";
import { hasPermission } from "@edgeseal/core/permissions";
import { createSecurityHeaders } from "@edgeseal/core/policies";
import { readAuditLog } from "@edgeseal/workers-adapter";
import { auditCard, callerCard, organizationCard, projectsCard, signedOut, whoCard } from "./cards.js";
import { type Html, html } from "./html.js";
import { pageScript } from "./page-script.js";
import { pageStyles } from "./page-styles.js";

/** Signing out and switching end at the provider, and browsers hold `form-action` against redirects, too. */
const headers = createSecurityHeaders({ preset: "page", csp: { "form-action": [new URL(env.WORKOS_API_URL).origin] } });

/** The one page: who is signed in, and what their organisation has. */
export async function renderHome(auth: RequestAuth, notice: string | null): Promise<Response> {
  const nonce = headers.nonce();
  const cards = auth.state === "authenticated" ? await signedIn(auth, notice) : signedOut(auth.state);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>edgeseal · API gateway</title>
<link rel="icon" href="data:,">
<style nonce="${nonce}">${{ markup: pageStyles }}</style>
</head>
<body>
<header><p class="brand">edge<b>seal</b></p><p>A gateway, and a service that believes nobody else.</p></header>
<main>${cards}</main>
<script nonce="${nonce}" type="module">${{ markup: pageScript }}</script>
</body>
</html>`;
  const response = new Response(page.markup, {
    // For strangers, too: a nonce is for one answer.
    headers: { "Content-Type": "text/html; charset=utf-8", "Cache-Control": "private, no-store" },
  });
  return headers.apply(response, { nonce });
}

async function signedIn(auth: Authenticated, notice: string | null): Promise<readonly Html[]> {
  const { organizationId, user } = auth;
  if (organizationId === undefined) return [whoCard(auth), organizationCard(auth)];
  const caller = { userId: user.id, organizationId };
  const seesAll = hasPermission(auth, "gateway:audit");
  const seesLog = seesAll || hasPermission(auth, "audit:read");
  const [projects, events] = await Promise.all([
    hasPermission(auth, "projects:read") ? env.PROJECTS_RPC.list(caller) : null,
    seesLog ? latestEvents(seesAll ? undefined : organizationId) : null,
  ]);
  return [
    whoCard(auth),
    organizationCard(auth),
    ...(projects ? [projectsCard(projects, hasPermission(auth, "projects:write"), notice)] : []),
    callerCard(),
    ...(events ? [auditCard(events, seesAll)] : []),
  ];
}

/** `null` while the log cannot be read: no reason to show nothing else. */
async function latestEvents(organizationId: string | undefined): Promise<readonly AuditRecord[] | null> {
  const page = await readAuditLog(env.AUTH_DB, { organizationId, limit: 10 }).catch(() => null); // whatever D1 throws
  return page?.ok ? page.events : null;
}
