import { env } from "cloudflare:workers";
import type { AuditRecord, Authenticated, RequestAuth } from "@edgeseal/core";
import type { Project } from "../../projects/src/projects.js";
import { type Html, html } from "./html.js";

export function signedOut(state: RequestAuth["state"]): Html {
  if (state === "unavailable") {
    return html`<section class="welcome" data-state="${state}">
<h1>A moment, please</h1>
<p>We cannot tell who you are just now. If you were signed in, you still are.</p>
</section>`;
  }
  return html`<section class="welcome" data-state="${state}">
<h1>Nobody is signed in</h1>
<p>Sign in to see the projects of your organisation. The gateway tells the service who you are; your cookie stays with the gateway.</p>
<p><a class="button" href="/auth/login?returnTo=/">Sign in</a></p>
</section>`;
}

export function whoCard({ user }: Authenticated): Html {
  const name = [user.firstName, user.lastName].filter(Boolean).join(" ") || user.email || user.id;
  return html`<section class="who" data-state="authenticated">
<div><h1>${name}</h1><p>${user.email ?? user.id}</p></div>
<form method="post" action="/auth/logout"><input type="hidden" name="returnTo" value="/"><button class="quiet">Sign out</button></form>
</section>`;
}

/** The script fills in the buttons; each of them sends the form, as a page without a script would. */
export function organizationCard(auth: Authenticated): Html {
  const permissions = auth.permissions.map((permission) => html`<code>${permission}</code> `);
  return html`<section aria-labelledby="organization-title">
<h2 id="organization-title">${auth.organizationId === undefined ? "Choose an organisation" : "Organisation"}</h2>
<form id="organizations" method="post" action="/auth/switch-org" data-current="${auth.organizationId ?? ""}" data-names="${env.ORGANIZATION_NAMES}">Loading …</form>
<p>Permissions: ${permissions.length === 0 ? "none" : permissions}</p>
</section>`;
}

export function projectsCard(projects: readonly Project[], canWrite: boolean, notice: string | null): Html {
  const items = projects.map(({ name, createdAt }) => html`<li><b>${name}</b> ${time(createdAt)}</li>`);
  return html`<section aria-labelledby="projects-title">
<h2 id="projects-title">Projects</h2>
${items.length === 0 ? html`<p>None yet.</p>` : html`<ul class="list" id="projects">${items}</ul>`}
${
  canWrite &&
  html`<form class="line" method="post" action="/projects"><label for="name">A new one</label>
<input id="name" name="name" required maxlength="80" autocomplete="off"><button>Create</button></form>`
}
${notice === "invalid_name" && html`<p role="alert">A name has 1 to 80 characters.</p>`}
</section>`;
}

export function callerCard(): Html {
  return html`<section aria-labelledby="caller-title">
<h2 id="caller-title">What the service is told</h2>
<p><code>GET /api/caller</code> goes through the gateway, with forged headers; the service answers with what arrived.</p>
<p><button id="call" class="quiet">Call it</button></p>
<pre id="answer" role="status" hidden></pre>
</section>`;
}

export function auditCard(events: readonly AuditRecord[], isAll: boolean): Html {
  const items = events.map(
    ({ type, at, reason }) => html`<li><b>${type}</b> ${reason ?? ""} ${time(new Date(at * 1000).toISOString())}</li>`,
  );
  return html`<section aria-labelledby="audit-title">
<h2 id="audit-title">Lately in ${isAll ? "all organisations" : "this organisation"}</h2>
<ul class="list" id="audit">${items}</ul>
</section>`;
}

function time(iso: string): Html {
  return html`<time datetime="${iso}">${iso.slice(0, 16).replace("T", " ")} UTC</time>`;
}
