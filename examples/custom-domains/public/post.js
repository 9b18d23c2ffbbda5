// The page came from a cache and knows nobody. The cookie knows, if there is one; if there is none, the hub may.
const reader = document.getElementById("reader");
const here = location.pathname + location.search;
const check = await fetch(`/auth/sso/check?returnTo=${encodeURIComponent(here)}`);
const { state, go } = check.ok ? await check.json() : { state: "unavailable", go: null };

if (go) {
  location.replace(go);
} else {
  const session = state === "authenticated" ? await (await fetch("/auth/me")).json() : null;
  const name = session?.user?.firstName ?? session?.user?.id;
  reader.querySelector("p").textContent = name ? `You are ${name}.` : "Nobody is signed in.";
  if (name) reader.dataset.user = session.user.id;
  reader.dataset.state = state;
}
