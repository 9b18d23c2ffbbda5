// The real thing: Chromium without a window, by Playwright.
import { accessSync, constants, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";
/** Nothing is looked up outside. */
const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Where one is: `CHROMIUM`, or where systems put it. `null`: there is none. */
export function findChromium() {
  const { CHROMIUM } = process.env;
  return (CHROMIUM ? [CHROMIUM] : [...PLACES, MAC]).find(isExecutable) ?? null;
}

/** As it comes: a window of its own, as Playwright opens one for each person, blocks third-party cookies. */
export async function startChromium(executablePath) {
  const browser = await chromium.launch({ executablePath, args: QUIET });
  return {
    name: `Chromium ${browser.version()}, third-party cookies blocked`,
    newPerson: async (options) => createPerson(await browser.newContext(options)),
    stop: () => browser.close(),
  };
}

/** For comparison: one person whose browser lets third-party cookies through, which is a setting of a profile. */
export async function startLenientChromium(executablePath) {
  const folder = mkdtempSync(join(tmpdir(), "edgeseal-chromium-"));
  mkdirSync(join(folder, "Default"));
  const profile = { cookie_controls_mode: 0, block_third_party_cookies: false };
  writeFileSync(join(folder, "Default", "Preferences"), JSON.stringify({ profile }));
  const context = await chromium.launchPersistentContext(folder, { executablePath, args: QUIET });
  return {
    newPerson: async () => createPerson(context),
    async stop() {
      await context.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** `options`: those of a context, `userAgent` among them. A context shares nothing with another one. */
function createPerson(context) {
  return {
    newTab: async () => createTab(await context.newPage()),
    /** Cookies that this host gets, by name. */
    cookies: async (origin) => new Map((await context.cookies(origin)).map(({ name, value }) => [name, value])),
    /** All of them, with the host they belong to. */
    allCookies: () => context.cookies(),
  };
}

function createTab(page) {
  let way = [];
  let last = null;
  page.on("request", (request) => {
    if (isNavigation(request)) way.push(request.url());
  });
  page.on("response", (response) => {
    if (isNavigation(response.request())) last = response;
  });

  function isNavigation(request) {
    return request.isNavigationRequest() && request.frame() === page.mainFrame();
  }

  async function after(act) {
    way = [];
    const loaded = page.waitForEvent("load");
    await Promise.all([loaded, act()]);
    // A page from a cache asks who is there, and may leave for the hub.
    await page.waitForFunction(
      () => document.readyState === "complete" && document.querySelector("[data-state]")?.dataset.state !== "asking",
    );
    const said = await page.evaluate(() => {
      const { state, user } = document.querySelector("[data-state]")?.dataset ?? {};
      return { state, ...(user && { user }) };
    });
    return { url: page.url(), way: [...way], status: last.status(), headers: new Headers(last.headers()), ...said };
  }

  return {
    open: (address) => after(() => page.goto(String(address))),
    /** Fills in the form of the page that is shown, and presses its button. */
    async send(fields = {}) {
      for (const [name, value] of Object.entries(fields)) await page.fill(`[name="${name}"]`, value);
      return after(() => page.click("button"));
    },
    /** A script and a frame of the page that is shown call another site, which gives neither of them anything to read. */
    callFrom: (address) =>
      page.evaluate(async (url) => {
        await fetch(`${url}&by=script`, { mode: "no-cors", credentials: "include" }).catch(() => null);
        const frame = document.createElement("iframe");
        const loaded = new Promise((resolve) => frame.addEventListener("load", resolve));
        frame.src = `${url}&by=frame`;
        document.body.append(frame);
        await loaded;
      }, String(address)),
  };
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // ENOENT, EACCES
  }
}
