/**
 * Where anybody gets a name of their own within a minute. Short on purpose: it is a net under a mistake, and the whole
 * public-suffix list weighs more than this library.
 */
const SHARED_SUFFIXES = (
  "amazonaws.com amplifyapp.com appspot.com azureedge.net azurestaticapps.net azurewebsites.net bitbucket.io " +
  "cloudapp.net cloudfront.net csb.app deno.dev deno.net duckdns.org eu.org exe.xyz firebaseapp.com fly.dev " +
  "github.dev github.io gitlab.io gitpod.io glitch.me hstgr.cloud herokuapp.com loca.lt lovable.app netlify.app " +
  "ngrok-free.app ngrok-free.dev ngrok.app ngrok.dev ngrok.io nip.io onrender.com pages.dev railway.app " +
  "readthedocs.io repl.co replit.app replit.dev run.app sslip.io stackblitz.io surge.sh trycloudflare.com uk.com " +
  "us.com vercel.app vercel.dev web.app webcontainer.io windows.net workers.dev"
).split(" ");

/** Names under which registries of countries give out names: `co.uk`, `com.au`, `or.jp`. */
const REGISTRY_NAMES =
  /^(?:ac|ad|biz|co|com|ed|edu|go|gob|gouv|gov|gr|gv|id|ind?|info|lg|ltd|me|mil|mod|ne|net|nhs|nom|or|org|plc|sch|school|tm|web)\.[a-z]{2}$/;

/** True for a name, and for every name below it, that does not belong to one owner alone. */
export function isSharedSuffix(host: string): boolean {
  if (!host.includes(".") || REGISTRY_NAMES.test(host)) return true;
  return SHARED_SUFFIXES.some((suffix) => host === suffix || host.endsWith(`.${suffix}`));
}
