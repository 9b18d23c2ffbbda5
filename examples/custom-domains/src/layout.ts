import { env } from "cloudflare:workers";
import { createSecurityHeaders } from "@edgeseal/core/policies";
import { type Html, html } from "./html.js";
import { SITES, type Site } from "./sites.js";

/** Scripts and styles are files: a page from a cache can carry no nonce. */
const headers = createSecurityHeaders({
  preset: "page",
  csp: {
    "script-src": ["'self'"],
    // Signing out ends at the provider, and browsers hold `form-action` against redirects, too.
    "form-action": [env.ISSUER],
  },
});

export function layout(site: Site, body: Html): Html {
  const others = SITES.map(({ origin, name }) => {
    return html`<li><a href="${origin}/"${origin === site.origin && { markup: ' aria-current="page"' }}>${name}</a></li>`;
  });
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${site.name}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/site.css">
</head>
<body data-site="${new URL(site.origin).hostname.split(".")[0] ?? ""}">
<header><h1>${site.name}</h1><p>${site.line}</p></header>
<main>
${body}
${
  !site.isHub &&
  html`<section><h2>For everybody</h2>
<p><a href="/posts/1">A post from a cache</a>: the same bytes for everybody. It asks who you are once it is shown.</p></section>`
}
</main>
<footer><p>Other sites, as far as your browser is concerned:</p><ul>${others}</ul></footer>
</body>
</html>
`;
}

export function answerHtml(page: Html, cacheControl: string): Response {
  const answer = new Response(page.markup, {
    headers: { "Content-Type": "text/html; charset=utf-8", "Cache-Control": cacheControl },
  });
  return headers.apply(answer);
}
