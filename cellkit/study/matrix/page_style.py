"""The style of the matrix page, on screen and on paper."""

STYLE = """
:root { --ink: #1b2733; --soft: #56646f; --line: #c3ccd4; --good: #e6f2ea; --bad: #fbe3dc; --head: #eef2f5; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 78rem; padding: 2rem; color: var(--ink); background: #fff;
  font: 15px/1.45 Arial, Helvetica, "Liberation Sans", sans-serif; }
h1 { font-size: 1.9rem; margin: 0 0 .3rem; }
h2 { font-size: 1.25rem; margin: 2.4rem 0 .6rem; border-bottom: 2px solid var(--ink); padding-bottom: .2rem; }
h3 { font-size: 1.05rem; margin: 1.8rem 0 .3rem; }
p { margin: .4rem 0; max-width: 60rem; }
.soft { color: var(--soft); }
.figures { display: flex; flex-wrap: wrap; gap: .8rem; margin: 1.2rem 0; padding: 0; list-style: none; }
.figures li { border: 1px solid var(--line); border-radius: .4rem; padding: .6rem 1rem; min-width: 8.5rem; }
.figures b { display: block; font-size: 1.5rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; margin: .6rem 0; font-size: .87rem; }
th, td { border: 1px solid var(--line); padding: .28rem .5rem; text-align: left; vertical-align: top; }
thead th { background: var(--head); }
td.name { white-space: nowrap; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
td.good { background: var(--good); }
td.bad { background: var(--bad); font-weight: bold; border: 2px solid var(--ink); }
td.out { color: var(--soft); }
table.big td { text-align: center; padding: .25rem .35rem; white-space: nowrap; }
th { white-space: nowrap; }
table.big thead th { vertical-align: bottom; }
code { font: .92em ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
svg { display: block; width: 100%; height: auto; max-width: 62rem; }
.key span { margin-right: 1.6rem; white-space: nowrap; }
.warning { border: 2px solid var(--ink); background: var(--bad); padding: .6rem 1rem; font-weight: bold; }
@media print {
  @page { size: A4 landscape; margin: 12mm; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  h2, h3 { break-after: avoid; }
  .scenario { break-before: page; }
  .scenario h2 { margin-top: 0; }
  tr, svg, .figures li, .keep { break-inside: avoid; }
  thead { display: table-header-group; }
  .scroll { overflow: visible; }
  h2 { margin: 1.2rem 0 .3rem; font-size: 1.15rem; }
  svg { max-width: 205mm; }
  .scenario p { margin: .15rem 0; }
  table { font-size: 8.3pt; margin: .3rem 0; }
  th, td { padding: .1rem .4rem; line-height: 1.3; }
  table.big { font-size: 7.6pt; }
  table.big td, table.big th { padding: .06rem .35rem; }
  .figures { margin: .6rem 0; }
  .figures li { padding: .3rem .8rem; }
}
"""
