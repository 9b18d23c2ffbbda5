// The official WorkOS emulator with one person in several organisations, with a role of its own in each.
import { createEmulator } from "workos/emulate";
import { freePort } from "./free-port.mjs";

/** She may read projects in the first one only. */
const TWO_ORGANIZATIONS = [
  { name: "Harbour Office", role: "editor", permissions: ["projects:read", "projects:write"] },
  { name: "Night Watch", role: "guest", permissions: [] },
];

/** Each of `memberships` names an organisation, her role in it, and what that role may do. */
export async function startIdentityProvider(memberships = TWO_ORGANIZATIONS) {
  const emulator = await createEmulator({ port: await freePort(), seed: seedOf(memberships) });
  const api = async (path, body) => {
    const answer = await fetch(`${emulator.url}${path}`, {
      method: body ? "POST" : "GET",
      headers: { Authorization: `Bearer ${emulator.apiKey}`, "Content-Type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`The emulator answered ${answer.status} to ${path}.`);
    return await answer.json();
  };
  const [user] = (await api("/user_management/users")).data;
  const named = (await api("/organizations")).data;
  const organizations = memberships.map(({ name }) => named.find((organization) => organization.name === name));
  // Ids are made at start, so memberships cannot be part of the seed.
  for (const [at, organization] of organizations.entries()) {
    await api("/user_management/organization_memberships", {
      organization_id: organization.id,
      user_id: user.id,
      role_slug: memberships[at].role,
    });
  }
  return { url: emulator.url, apiKey: emulator.apiKey, organizations, stop: () => emulator.close() };
}

function seedOf(memberships) {
  const roles = new Map(memberships.map(({ role, permissions }) => [role, permissions]));
  const permissions = [...new Set([...roles.values()].flat())];
  return {
    users: [{ email: "ada@example.com", first_name: "Ada", last_name: "Byron", email_verified: true }],
    organizations: memberships.map(({ name }) => ({ name })),
    permissions: permissions.map((slug) => ({ slug, name: slug })),
    roles: [...roles].map(([slug, granted]) => ({ slug, name: slug, permissions: granted })),
  };
}
