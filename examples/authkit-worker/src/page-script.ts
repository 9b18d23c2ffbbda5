/** Runs in the page. It holds no token and needs none: the cookie goes along by itself. */
export const pageScript = `
const byId = (id) => document.getElementById(id);

byId("call-api")?.addEventListener("click", async () => {
  const answer = await fetch("/api/projects");
  const out = byId("api-answer");
  out.textContent = answer.status + " " + JSON.stringify(await answer.json(), null, 2);
  out.dataset.status = answer.status;
  out.hidden = false;
});

const form = byId("organizations");
if (form) {
  const current = form.closest("section").dataset.organization;
  const names = JSON.parse(form.dataset.names);
  const answer = await fetch("/auth/organizations");
  const { organizations = [] } = answer.ok ? await answer.json() : {};
  form.replaceChildren(...organizations.map(({ id, name }) => {
    const button = document.createElement("button");
    button.name = "organizationId";
    button.value = id;
    button.textContent = name ?? names[id] ?? id;
    button.className = "choice";
    button.setAttribute("aria-pressed", String(id === current));
    return button;
  }));
  if (organizations.length === 0) form.textContent = "You belong to none.";
}

byId("rotate")?.addEventListener("click", async ({ currentTarget: button }) => {
  const said = byId("rotate-answer");
  button.disabled = true;
  said.textContent = "A new key is on its way; the Worker restarts …";
  try {
    await fetch(button.dataset.control + "/rotate", { method: "POST" });
    location.reload();
  } catch {
    said.textContent = "The demo did not answer. Is it still running?";
    button.disabled = false;
  }
});
`;
