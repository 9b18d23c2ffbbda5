import { html } from "./html.js";
import { answerHtml, layout } from "./layout.js";
import { notFound } from "./pages.js";
import type { Site } from "./sites.js";

/** The same for everybody and out of a cache: nobody is redirected, and `post.js` asks who reads it. */
export async function answerPost(request: Request, ctx: ExecutionContext, site: Site): Promise<Response> {
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || site.isHub || pathname !== "/posts/1") return notFound();
  const key = `${origin}${pathname}`;
  const kept = await caches.default.match(key);
  if (kept) return kept;
  const post = answerHtml(render(site), "public, max-age=60");
  ctx.waitUntil(caches.default.put(key, post.clone()));
  return post;
}

function render(site: Site) {
  return layout(
    site,
    html`<article>
<h2>Why we open early</h2>
<p>Because somebody has to. This page was made at <time>${new Date().toISOString()}</time> and is the same for everybody who gets it.</p>
</article>
<section id="reader" data-state="asking"><h2>And you?</h2><p>One moment …</p></section>
<script type="module" src="/post.js"></script>`,
  );
}
