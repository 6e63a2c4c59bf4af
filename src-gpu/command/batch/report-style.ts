/** The style of the report, in the page itself. */
export const REPORT_STYLE = `
:root { color-scheme: light dark; --line: light-dark(#d8dbe0, #3a3f47); --faint: light-dark(#5a6270, #a3abb8);
  --card: light-dark(#fff, #1d2127); --page: light-dark(#f4f5f7, #14171b); --ink: light-dark(#1c2026, #e8eaee);
  --alarm: light-dark(#a4262c, #ff9a9a); }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
header, main { max-width: 1180px; margin: 0 auto; padding: 0 20px; }
header { padding-top: 24px; }
h1 { font-size: 26px; margin: 0 0 4px; }
h2 { font-size: 18px; margin: 0 0 4px; overflow-wrap: anywhere; }
p { margin: 0 0 12px; }
.facts { color: var(--faint); font-size: 13px; overflow-wrap: anywhere; }
.failed, article, .scroll { background: var(--card); border: 1px solid var(--line); border-radius: 8px; margin: 16px 0; }
.failed, article { padding: 16px 20px; }
.failed { border-left: 4px solid var(--alarm); }
.failed ul { margin: 8px 0 0; padding-left: 18px; overflow-wrap: anywhere; }
.failed code { color: var(--faint); font-size: 12px; }
.warnings { margin: 0 0 12px; padding: 8px 12px 8px 28px; border-left: 3px solid #c98a00; font-size: 14px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 5px 10px; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-weight: 600; color: var(--faint); white-space: nowrap; }
.n { text-align: right; white-space: nowrap; }
.all td:first-child { overflow-wrap: anywhere; min-width: 9em; }
.all tr:last-child td { border-bottom: 0; }
.bad td { color: var(--alarm); }
tfoot td { font-weight: 600; border-bottom: 0; }
caption { text-align: left; font-weight: 600; padding: 0 10px 4px; }
td i { display: inline-block; width: 11px; height: 11px; border-radius: 50%; margin-right: 8px; }
a { color: inherit; }
.switch { display: block; margin: 16px 0; }
.readings { display: grid; gap: 24px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); }
section { display: grid; grid-template-columns: minmax(0, 1.2fr) minmax(260px, 1fr); gap: 6px 20px; align-items: start; }
section.failed { display: block; }
.readings:has(> section + section) > section { grid-template-columns: minmax(0, 1fr); grid-template-rows: subgrid; grid-row: span 3; }
section > p { grid-column: 1 / -1; margin: 0; }
.figure { position: relative; width: 100%; aspect-ratio: var(--w) / var(--h); max-height: 460px; margin: 0 auto;
  background: #fff var(--thumb) center / 100% 100%; border: 1px solid var(--line); overflow: hidden;
  max-width: calc(460px * var(--w) / var(--h)); print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.heat { position: absolute; inset: 0; width: 100%; height: 100%; }
body:has(#heat:not(:checked)) .heat { display: none; }
@media (max-width: 700px) {
  header, main { padding-left: 12px; padding-right: 12px; }
  .failed, article { padding: 12px; }
  section { grid-template-columns: minmax(0, 1fr); }
  th, td { padding: 5px 7px; }
}
@media print { .switch { display: none; } article { break-inside: avoid; } }
`;
