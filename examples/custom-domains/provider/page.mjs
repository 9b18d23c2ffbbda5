/** A page of the provider: plain, and unlike those of the sites. */
export function page(title, body) {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · The provider</title>
<link rel="icon" href="data:,">
<style>
:root { color-scheme: light dark; }
body { margin: 18vh auto 4rem; max-width: 24rem; padding: 0 1.25rem; font: 1rem/1.55 ui-sans-serif, system-ui, sans-serif; }
h1 { font-size: 1.5rem; }
input, button { font: inherit; padding: .4rem .8rem; }
</style>
</head>
<body data-site="provider">
<p>The provider</p>
${body}
</body>
</html>
`;
}
