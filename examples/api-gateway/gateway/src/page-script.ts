/** Runs in the page. It holds no token: the cookie goes along by itself, and `X-Requested-With` says that a script asks. */
export const pageScript = `
const byId = (id) => document.getElementById(id);
const asScript = { "X-Requested-With": "fetch" };

byId("call")?.addEventListener("click", async () => {
  const headers = { ...asScript, "X-Tenant-ID": "somebody-else", "X-User-Permissions": "everything" };
  const response = await fetch("/api/caller", { headers });
  const out = byId("answer");
  const lines = Object.entries(await response.json()).map(([name, value]) => name + ": " + [value].flat().join(", "));
  out.textContent = [response.status, ...lines].join("\\n");
  out.hidden = false;
});

const form = byId("organizations");
if (form) {
  const { current, names } = form.dataset;
  const response = await fetch("/auth/organizations", { headers: asScript });
  const { organizations = [] } = response.ok ? await response.json() : {};
  form.replaceChildren(...organizations.map(({ id, name }) => {
    const button = document.createElement("button");
    button.name = "organizationId";
    button.value = id;
    button.textContent = name ?? JSON.parse(names)[id] ?? id;
    button.className = "choice";
    button.setAttribute("aria-pressed", String(id === current));
    return button;
  }));
  if (organizations.length === 0) form.textContent = "You belong to none.";
}
`;
