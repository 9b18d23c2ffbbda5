import { text } from "node:stream/consumers";
import { page } from "./page.mjs";

const NAME = /^[A-Z][a-z]{0,29}$/;

/** The provider's own sign-in page, and what its form sends. */
export async function interact(provider, request, response) {
  const { uid } = await provider.interactionDetails(request, response);
  if (request.method !== "POST") return show(response, uid);
  const name = new URLSearchParams(await text(request)).get("name") ?? "";
  if (!NAME.test(name)) return show(response, uid);
  await provider.interactionFinished(request, response, { login: { accountId: name, remember: true } });
}

function show(response, uid) {
  response.writeHead(200, {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    // Meant for every site that asks, as cookies of providers are: without the proxy it would be a third-party cookie.
    "Set-Cookie": "device=known; Path=/; Max-Age=86400; HttpOnly; Secure; SameSite=None",
  });
  response.end(
    page(
      "Sign in",
      `<h1 data-state="who">Who are you?</h1>
<form method="post" action="/interaction/${uid}">
<p><label for="name">First name</label> <input id="name" name="name" value="Ada" pattern="[A-Z][a-z]{0,29}" required autocomplete="off"></p>
<p><button>Sign in</button></p>
</form>`,
    ),
  );
}
