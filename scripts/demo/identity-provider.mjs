// The official WorkOS emulator with one person in two organisations: she may read projects in the first one only.
import { createEmulator } from "workos/emulate";
import { freePort } from "./free-port.mjs";

const seed = {
  users: [{ email: "ada@example.com", first_name: "Ada", last_name: "Byron", email_verified: true }],
  organizations: [{ name: "Harbour Office" }, { name: "Night Watch" }],
  permissions: [
    { slug: "projects:read", name: "Read projects" },
    { slug: "projects:write", name: "Write projects" },
  ],
  roles: [
    { slug: "editor", name: "Editor", permissions: ["projects:read", "projects:write"] },
    { slug: "guest", name: "Guest", permissions: [] },
  ],
};

export async function startIdentityProvider() {
  const emulator = await createEmulator({ port: await freePort(), seed });
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
  const organizations = seed.organizations.map(({ name }) => named.find((organization) => organization.name === name));
  // Ids are made at start, so memberships cannot be part of the seed.
  for (const [at, organization] of organizations.entries()) {
    await api("/user_management/organization_memberships", {
      organization_id: organization.id,
      user_id: user.id,
      role_slug: seed.roles[at].slug,
    });
  }
  return { url: emulator.url, apiKey: emulator.apiKey, organizations, stop: () => emulator.close() };
}
