import assert from "node:assert/strict";
import { say } from "../../../scripts/demo/stage.mjs";

/** The provider's cookie for every site reaches it from a page of another site in a lenient browser, and not in ours. */
export async function proveBlocked(browser, lenient, { issuer, destinations: [bakery], provider }) {
  assert.deepEqual(await sentFrom(lenient, "lenient"), { script: ["device"], frame: ["device"] });
  assert.deepEqual(await sentFrom(browser, "ours"), { script: [], frame: [] });
  say("third-party cookies: the provider's goes along from a page of the bakery where they are let through, not here");

  async function sentFrom({ newPerson }, mark) {
    const tab = await (await newPerson()).newTab();
    const { status } = await tab.open(`${bakery}/account`);
    assert.equal(status, 200, "the provider's sign-in page, where its cookies are set");
    // A document of the bakery without a policy that would keep its script from calling anybody.
    await tab.open(`${bakery}/site.css`);
    await tab.callFrom(`${issuer}/.well-known/openid-configuration?probe=${mark}`);
    const cookies = (by) => {
      const found = provider.requests.find(({ search }) => search === `?probe=${mark}&by=${by}`);
      assert.ok(found, `the call by ${by} came through`);
      return found.cookies;
    };
    return { script: cookies("script"), frame: cookies("frame") };
  }
}
