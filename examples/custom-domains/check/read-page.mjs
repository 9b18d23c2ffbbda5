/** What a page says of its visitor, and its form with what it would send. Our own pages only: this is no parser of HTML. */
export function readPage(html) {
  const state = /data-state="([\w-]+)"/.exec(html)?.[1];
  const user = /data-user="(\w+)"/.exec(html)?.[1];
  const [tag = ""] = /<form\b[^>]*>/.exec(html) ?? [];
  const fields = {};
  for (const [field] of html.matchAll(/<(?:input|button)\b[^>]*>/g)) {
    const name = attribute(field, "name");
    if (name !== undefined) fields[name] = attribute(field, "value") ?? "";
  }
  return { html, state, ...(user && { user }), form: { action: attribute(tag, "action") ?? "", fields } };
}

function attribute(tag, name) {
  return new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1].replaceAll("&amp;", "&");
}
