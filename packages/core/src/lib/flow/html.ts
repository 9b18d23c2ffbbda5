import { PRIVATE } from "../base/answers.js";
import { sha256, utf8 } from "../base/bytes.js";

/** One page of ours. `body` is HTML: every value in it went through `escapeHtml`. */
export interface Page {
  readonly status: number;
  readonly title: string;
  readonly body: string;
  /** A form on it is sent to our own origin. Default: it has none. */
  readonly hasForm?: boolean;
  /** Left at once for this path of our own. */
  readonly refreshTo?: string;
  /** Further rules for its style sheet. */
  readonly style?: string;
}

const STYLE = `:root{color-scheme:light dark;--ground:#f6f7f9;--card:#fff;--text:#16181d;--soft:#5b6270;--line:#dfe3ea;--accent:#2f5fe3;--on:#fff}
@media(prefers-color-scheme:dark){:root{--ground:#101217;--card:#181b22;--text:#eceef2;--soft:#9aa3b2;--line:#2b303b;--accent:#8aa9ff;--on:#0d1017}}
*{box-sizing:border-box}body{margin:0;min-height:100vh;min-height:100dvh;display:grid;place-items:center;padding:24px;background:var(--ground);color:var(--text);font:16px/1.55 system-ui,sans-serif}
main{width:100%;max-width:26rem;background:var(--card);border:1px solid var(--line);border-radius:16px;padding:32px;overflow-wrap:anywhere}
h1{margin:0 0 8px;font-size:1.375rem;line-height:1.25;letter-spacing:-.01em;text-wrap:balance}p{margin:0 0 20px;color:var(--soft)}p:last-child{margin:0}
a,button{display:block;width:100%;padding:11px 16px;border:1px solid var(--accent);border-radius:10px;background:var(--accent);color:var(--on);font:inherit;font-weight:600;text-align:center;text-decoration:none;cursor:pointer}
:focus-visible{outline:3px solid var(--accent);outline-offset:3px}form{display:grid;gap:10px}form button{background:none;border-color:var(--line);color:var(--text);text-align:start;font-weight:500}
form button:hover{border-color:var(--accent)}small{display:block;color:var(--soft);font-weight:400}code{font:.8125rem ui-monospace,monospace;color:var(--soft)}a+p:last-child{margin-top:16px}`;

/**
 * For `style`: the link comes later than the second click of a double one that another page has asked for. A second after the
 * page, and where there is a pointer, most of one after that has come: the first click may have closed a window that lay above
 * a page which had been there for long. What catches clicks until then lies above the link; keys pass.
 */
export const LATE_LINK: string = `a{animation:wait 1s}@keyframes wait{0%,99%{visibility:hidden}}
@media(hover:hover){main{position:relative}main::after{content:"";position:absolute;inset:0}main:hover::after{visibility:hidden;transition:visibility 0s .8s}}`;

/** A page without script, whose policy allows its one style sheet and nothing else (CSP Level 3). */
export async function htmlAnswer(page: Page): Promise<Response> {
  const style = STYLE + (page.style ?? "");
  const digest = await sha256(utf8(style));
  const hash = btoa(String.fromCharCode(...digest));
  const policy = [
    "default-src 'none'",
    `style-src 'sha256-${hash}'`,
    `form-action ${page.hasForm ? "'self'" : "'none'"}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
  const refresh =
    page.refreshTo === undefined ? "" : `<meta http-equiv="refresh" content="0;url=${escapeHtml(page.refreshTo)}">`;
  const text = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex">${refresh}<title>${escapeHtml(page.title)}</title><style>${style}</style></head><body><main><h1>${escapeHtml(page.title)}</h1>${page.body}</main></body></html>`;
  return new Response(text, {
    status: page.status,
    headers: {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Security-Policy": policy,
      "X-Content-Type-Options": "nosniff",
      // A form of a page without referrer sends `Origin: null`, which our own wall refuses; it goes to us alone.
      "Referrer-Policy": page.hasForm ? "same-origin" : "no-referrer",
      "Cache-Control": PRIVATE,
      Vary: "Cookie",
    },
  });
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** For text and for attributes in double quotes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}
