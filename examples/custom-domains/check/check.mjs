// In which browser the walk is walked.
import { say } from "../../../scripts/demo/stage.mjs";
import { findChromium, startChromium, startLenientChromium } from "./chromium.mjs";
import { startPlainBrowser } from "./plain-browser.mjs";
import { proveBlocked } from "./third-party.mjs";
import { walk } from "./walk.mjs";

export async function check({ undo, ...world }) {
  const executable = findChromium();
  if (executable === null) {
    if (process.env.NEEDS_CHROMIUM) throw new Error("There is no Chromium, and NEEDS_CHROMIUM asks for one.");
    say(
      "There is no Chromium here (CHROMIUM says where): the same walk by plain requests, without scripts and frames.",
    );
    return await walk(startPlainBrowser(), world);
  }
  const browser = await startChromium(executable);
  undo(browser.stop);
  await walk(browser, world);
  const lenient = await startLenientChromium(executable);
  undo(lenient.stop);
  await proveBlocked(browser, lenient, world);
}
