import type { Authenticated, RequestAuth } from "@edgeseal/core";
import { type Html, html } from "./html.js";
import { answerHtml, layout } from "./layout.js";
import { type Site, siteAt } from "./sites.js";

/** `/` shows who is there, `/account` needs somebody. Guards have been asked before: see auth.ts. */
export function answerPage(request: Request, auth: RequestAuth): Response {
  const { host, pathname } = new URL(request.url);
  const site = siteAt(host);
  if (site === null) return notFound();
  if (pathname === "/")
    return show(site, auth.state === "authenticated" ? signedIn(site, auth) : signedOut(site, auth.state));
  if (auth.state !== "authenticated") return auth.deny();
  return pathname === "/account" ? show(site, account(site, auth)) : notFound();
}

export function notFound(): Response {
  return Response.json({ error: "not_found" }, { status: 404 });
}

/** Of one person, so no cache keeps it. */
function show(site: Site, body: Html): Response {
  return answerHtml(layout(site, body), "private, no-store");
}

function signedIn({ name }: Site, auth: Authenticated): Html {
  return html`<section data-state="authenticated" data-user="${auth.user.id}">
<h2>Good to see you, ${nameOf(auth)}</h2>
<p>${name} has a cookie of its own, which opens here alone. You typed nothing to get it if you were signed in on any of the others.</p>
<form method="post" action="/auth/logout"><a class="button quiet" href="/account">Account</a> <button>Sign out everywhere</button></form>
</section>`;
}

function signedOut({ isHub }: Site, state: RequestAuth["state"]): Html {
  if (state === "unavailable") {
    return html`<section data-state="${state}"><h2>A moment, please</h2>
<p>We cannot tell who you are just now. If you were signed in, you still are.</p></section>`;
  }
  return html`<section data-state="${state}">
<h2>Nobody is signed in</h2>
<p>${
    isHub
      ? "Whoever signs in here is signed in on the other sites, too."
      : "The hub was asked, by a redirect there and back, and knows nobody in this browser. For ten minutes it is not asked again."
  }</p>
<p><a class="button" href="/auth/login?returnTo=/">Sign in</a></p>
</section>`;
}

function account({ name }: Site, auth: Authenticated): Html {
  return html`<section data-state="authenticated" data-user="${auth.user.id}">
<h2>Your account at ${name.toLowerCase()}</h2>
<dl><dt>Name</dt><dd>${nameOf(auth)}</dd><dt>Mail</dt><dd>${auth.user.email ?? "unknown"}</dd></dl>
</section>`;
}

function nameOf({ user }: Authenticated): string {
  return user.firstName ?? user.email ?? user.id;
}
