"""The style of the report for a screen, a phone (from 360 px) and paper."""

STYLE = """
:root { --ink: #1b2733; --soft: #4f5d68; --line: #c3ccd4; --head: #eef2f5; --accent: #0b4f8a;
  --good: #dff0e5; --bad: #fbdfd6; --warn: #fdf0cc; --unknown: #e6e9ec; }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; max-width: 76rem; padding: 1.6rem 2rem 4rem; color: var(--ink); background: #fff;
  font: 16px/1.5 Arial, Helvetica, "Liberation Sans", sans-serif; overflow-wrap: break-word; }
h1 { font-size: 2rem; line-height: 1.2; margin: .2rem 0 .4rem; }
h2 { font-size: 1.45rem; margin: 3rem 0 .6rem; border-bottom: 3px solid var(--ink); padding-bottom: .2rem; }
h3 { font-size: 1.15rem; margin: 2rem 0 .4rem; }
h4 { font-size: 1rem; margin: 1.4rem 0 .3rem; }
p { margin: .45rem 0; max-width: 48rem; }
a { color: var(--accent); }
a:focus-visible, .scroll:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.soft, figcaption { color: var(--soft); }
figcaption strong { color: var(--ink); }
.kicker { color: var(--soft); margin: 0; }
.lead { font-size: 1.15rem; }
nav ul { columns: 15rem 3; margin: .6rem 0; padding-left: 1.2rem; max-width: 60rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(10.5rem, 1fr)); gap: .7rem; margin: 1rem 0; }
.facts div { border: 1px solid var(--line); border-radius: .4rem; padding: .5rem .8rem; }
.facts dt { color: var(--soft); font-size: .86rem; line-height: 1.3; }
.facts dd { margin: .15rem 0 0; font-size: 1.25rem; font-weight: bold; }
.scroll { overflow-x: auto; margin: .8rem 0; }
table { border-collapse: separate; border-spacing: 0; border: solid var(--line); border-width: 1px 0 0 1px;
  font-size: .9rem; line-height: 1.35; }
caption { text-align: left; color: var(--soft); padding: 0 0 .3rem; }
caption > span { display: inline-block; position: sticky; left: 0; max-width: min(48rem, calc(100vw - 2rem)); }
th, td { border: solid var(--line); border-width: 0 1px 1px 0; padding: .32rem .55rem;
  text-align: left; vertical-align: top; }
tbody th { font-weight: bold; }
td { min-width: 3.5rem; }
thead th { background: var(--head); vertical-align: bottom; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
.figure, .whole { white-space: nowrap; }
.scroll tbody th, .scroll thead th:first-child { position: sticky; left: 0; min-width: 6rem; }
.scroll tbody th { background: #fff; }
td.p { min-width: 15rem; }
.badge { display: inline-block; padding: 0 .5rem; border: 1px solid var(--ink); border-radius: .3rem; font-weight: bold;
  white-space: nowrap; }
.badge.good { background: var(--good); } .badge.bad { background: var(--bad); border-width: 2px; }
.badge.warn { background: var(--warn); border-style: dashed; }
.badge.unknown { background: var(--unknown); border-style: dotted; }
.none { color: var(--soft); }
.box { border: 2px solid var(--ink); border-left-width: .6rem; padding: .4rem 1rem; margin: 1rem 0; max-width: 60rem; }
ul.box { padding-left: 2.2rem; }
.box.bad { background: var(--bad); } .box.warn { background: var(--warn); } .box.good { background: var(--good); }
code { font: .88em ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
figure { margin: 1.2rem 0; max-width: 62rem; }
figcaption { font-size: .92rem; margin-bottom: .3rem; max-width: 48rem; }
.plot { width: 100%; }
details { margin: .8rem 0; }
summary { cursor: pointer; color: var(--accent); font-weight: bold; padding: .3rem 0; }
table.total tbody tr:last-child > * { border-top: 2px solid var(--ink); font-weight: bold; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 0 1.6rem; }
.seeds { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .2rem .8rem; margin: .4rem 0; }
.notes { margin: .3rem 0; padding-left: 1.2rem; }
.notes li { margin: .25rem 0; max-width: 48rem; }
.chapter h2 { margin-top: 3.6rem; }
@media (max-width: 40rem) {
  body { padding: 1rem 1rem 3rem; }
  h1 { font-size: 1.55rem; } h2 { font-size: 1.25rem; }
  .facts { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: .5rem; }
  .facts dd { font-size: 1.05rem; }
  table { font-size: .82rem; }
  nav ul { columns: 1; }
}
@media print {
  @page { size: A4 portrait; margin: 14mm 13mm 16mm; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  html { scroll-behavior: auto; }
  body { max-width: none; padding: 0; font-size: 10pt; line-height: 1.4; }
  nav, summary { display: none; }
  .pair { grid-template-columns: 1fr 1fr; gap: 0 .8rem; }
  a { color: inherit; text-decoration: none; }
  h1 { font-size: 20pt; } h2 { font-size: 14pt; margin-top: 1.6rem; } h3 { font-size: 12pt; margin-top: 1.1rem; }
  h2, h3, h4, caption, figcaption { break-after: avoid; }
  p, li { orphans: 3; widows: 3; }
  .chapter { break-before: page; }
  .chapter h2 { margin-top: 0; }
  tr, figure, .facts div, .box, .pair > *, .scroll { break-inside: avoid; }
  .scroll.long { break-inside: auto; }
  thead { display: table-header-group; }
  .scroll { overflow: visible; }
  table { font-size: 7.8pt; line-height: 1.25; width: auto; max-width: 100%; }
  th, td { padding: .12rem .3rem; hyphens: auto; }
  .badge { white-space: normal; padding: 0 .25rem; }
  td, td.p { min-width: 0; }
  caption > span { max-width: none; }
  .scroll tbody th, .scroll thead th:first-child { position: static; min-width: 0; }
  .facts { grid-template-columns: repeat(4, 1fr); gap: .3rem; }
  .facts div { padding: .25rem .5rem; }
  .facts dd { font-size: 11pt; }
}
"""
