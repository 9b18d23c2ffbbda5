export const pageStyles = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#f6f5f1, #14171a);
  --card: light-dark(#ffffff, #1d2125);
  --ink: light-dark(#1d2327, #e9ecee);
  --soft: light-dark(#59636a, #a3adb4);
  --line: light-dark(#dedbd2, #343b41);
  --field: light-dark(#8a8880, #6f7a82);
  --accent: light-dark(#0b6157, #5fd3c0);
  --on-accent: light-dark(#ffffff, #08231f);
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 46rem; padding: 2rem 1.25rem 4rem;
  background: var(--paper); color: var(--ink);
  font: 1rem/1.55 ui-sans-serif, system-ui, "Segoe UI", Roboto, sans-serif;
}
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 1rem; margin-bottom: 1.5rem; color: var(--soft); }
header p { margin: 0; }
.brand { font-size: 1.25rem; letter-spacing: -.02em; color: var(--ink); }
.brand b { color: var(--accent); }
main { display: grid; gap: 1rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1.25rem 1.4rem; min-width: 0; }
section > :first-child { margin-top: 0; }
section > :last-child { margin-bottom: 0; }
h1 { font-size: 1.5rem; line-height: 1.2; letter-spacing: -.015em; margin: 0 0 .25rem; }
h2 { font-size: 1rem; margin: 0 0 .75rem; }
h3 { font-size: 1rem; margin: 0 0 .35rem; overflow-wrap: anywhere; }
h3 em { font-style: normal; font-size: .8125rem; font-weight: 550; color: var(--accent); white-space: nowrap; }
.who { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: center; gap: 1rem; }
.who p, .who form { margin: 0; }
.who p, .welcome p, .agent, dt { color: var(--soft); overflow-wrap: anywhere; }
.notice { margin: 0; padding: .75rem 1.4rem; border: 1px solid var(--accent); border-radius: .75rem; }
.devices { list-style: none; padding: 0; margin: 0 0 1.25rem; }
.devices li { display: grid; grid-template-columns: 1fr auto; align-items: start; gap: .25rem 1rem; padding: 1rem 0; border-top: 1px solid var(--line); }
.devices li:first-child { border-top: 0; padding-top: .25rem; }
.devices div { min-width: 0; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); gap: .35rem 1rem; margin: 0; font-size: .875rem; }
dd { margin: 0; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.agent { margin: .5rem 0 0; font-size: .8125rem; }
button, .button {
  display: inline-block; font: inherit; font-weight: 550; text-decoration: none; cursor: pointer;
  padding: .5rem 1rem; border-radius: .5rem; border: 1px solid var(--accent);
  background: var(--accent); color: var(--on-accent);
}
button:hover, .button:hover { filter: brightness(1.08); }
.quiet { background: transparent; color: var(--ink); border-color: var(--field); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
`;
