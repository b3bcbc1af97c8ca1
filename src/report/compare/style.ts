/** The look of a comparison, in light and dark, on paper as well. */
export const STYLE = `
:root { color-scheme: light dark; --text: #1c2024; --quiet: #5b6168; --back: #fff; --line: #d9dde1;
  --bad: #b3261e; --good: #18794e; --warn: #fff4d6; }
@media (prefers-color-scheme: dark) { :root { --text: #e6e8ea; --quiet: #a4abb2; --back: #16181a;
  --line: #34393e; --bad: #ff8f86; --good: #5fd39a; --warn: #3a3115; } }
body { margin: 0; background: var(--back); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.35rem; margin: 0 0 .25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
h2 span { color: var(--quiet); font-weight: normal; }
.bad { color: var(--bad); } .good { color: var(--good); }
.counts { margin: 0; color: var(--quiet); }
.warning { background: var(--warn); padding: .5rem .75rem; border-radius: .375rem; }
.rule { color: var(--quiet); margin-top: 2rem; }
ul { list-style: none; margin: 0; padding: 0; }
li { padding: .45rem 0; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
li p { margin: .1rem 0 0; white-space: pre-wrap; font-variant-numeric: tabular-nums; }
.place { color: var(--quiet); margin-left: .5rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0;
  border-top: 1px solid var(--line); }
th { color: var(--quiet); font-weight: normal; border-top: 0; }
@media print { main { max-width: none; padding: 0; } li, tr { break-inside: avoid; } }
`
