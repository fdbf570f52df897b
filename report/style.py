"""Pure: how the page looks, by light and by dark, on a desk and on a phone."""

STYLE = """
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --line: #dde1e7; --text: #1a1f28; --quiet: #5a6474;
  --accent: #2f6fde; --accent-soft: #a9c5f5; --good: #1a7f4b; --bad: #c0342b; --bad-soft: #f3c6c1;
  --care: #8a5a00; --code: #eef1f5;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171c; --card: #1d2128; --line: #343a45; --text: #e6e9ee; --quiet: #a0a9b8;
    --accent: #6ea2f7; --accent-soft: #34527f; --good: #58c98c; --bad: #ff8a80; --bad-soft: #5b2b2a;
    --care: #e9b44c; --code: #262b34;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
header, main, footer { max-width: 1120px; margin: 0 auto; padding: 0 20px; }
header { padding-top: 32px; }
header p, footer { color: var(--quiet); }
h1 { margin: 0; font-size: 1.75rem; line-height: 1.2; overflow-wrap: anywhere; }
h2 { margin: 0 0 12px; font-size: 1.15rem; }
h3 { margin: 20px 0 8px; font-size: 1rem; }
p { margin: 6px 0; max-width: 75ch; overflow-wrap: anywhere; }
section {
  background: var(--card); border: 1px solid var(--line); border-radius: 12px;
  padding: 20px; margin: 16px 0;
}
.status { border-left: 6px solid var(--bad); }
.status.complete { border-left-color: var(--good); }
.status h2 { font-size: 1.6rem; line-height: 1.25; margin-bottom: 4px; color: var(--bad); }
.status.complete h2 { color: var(--good); }
.strip { shape-rendering: crispEdges; }
.strip { display: block; width: 100%; height: 22px; border-radius: 6px; margin: 14px 0 8px; }
.done { fill: var(--good); background: var(--good); }
.adopted { fill: var(--care); background: var(--care); }
.undone { fill: var(--bad); background: var(--bad); }
.legend { display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 8px 0; padding: 0;
  list-style: none; color: var(--quiet); font-size: .875rem; }
.key { display: inline-block; width: 12px; height: 12px; border-radius: 3px; margin-right: 7px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(158px, 1fr)); gap: 12px;
  margin: 16px 0; }
.tiles div { background: var(--card); border: 1px solid var(--line); border-radius: 12px;
  padding: 14px 16px; }
.tiles dt { color: var(--quiet); font-size: .875rem; }
.tiles dd { margin: 0; font-size: 1.3rem; font-weight: 600; font-variant-numeric: tabular-nums;
  white-space: nowrap; }
.tiles dd small { display: block; font-size: .8125rem; font-weight: 400; color: var(--quiet);
  white-space: normal; }
.sheet { display: grid; grid-template-columns: repeat(auto-fill, minmax(124px, 1fr));
  gap: 12px 8px; }
figure { margin: 0; }
.thumbnail { width: 100%; border-radius: 4px; print-color-adjust: exact; background-color: #111; }
figcaption { font-size: .8125rem; color: var(--quiet); font-variant-numeric: tabular-nums; }
.chart { display: grid; grid-template-columns: auto 1fr; gap: 0 8px; }
.chart svg { display: block; width: 100%; height: 180px; border-bottom: 1px solid var(--quiet); }
.axis { display: flex; flex-direction: column; justify-content: space-between; height: 180px;
  text-align: right; }
.axis, .below { color: var(--quiet); font-size: .8125rem; font-variant-numeric: tabular-nums; }
.axis span { line-height: 1; }
.below { display: flex; justify-content: space-between; padding-top: 4px; }
.grid { stroke: var(--line); stroke-width: 1; vector-effect: non-scaling-stroke; }
.mean { fill: var(--accent); background: var(--accent); }
.longest { fill: var(--accent-soft); background: var(--accent-soft); }
.fault { fill: var(--bad-soft); background: var(--bad-soft); }
g:hover .mean { opacity: .7; }
details { margin: 8px 0; }
summary { cursor: pointer; overflow-wrap: anywhere; }
section > details > summary { color: var(--accent); }
.failure { border-top: 1px solid var(--line); padding: 8px 0; margin: 0; }
section > .failure > summary { color: inherit; }
.failure .state { display: inline-block; font-size: .8125rem; border: 1px solid currentColor;
  border-radius: 99px; padding: 0 9px; margin-right: 8px; color: var(--bad); }
.failure .state.settled { color: var(--quiet); }
.scrolls { margin: 12px 0 4px; overflow-x: auto; max-height: 480px; overflow-y: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9375rem; }
caption { text-align: left; color: var(--quiet); font-size: .875rem; padding-bottom: 6px; }
th, td { text-align: left; vertical-align: top; padding: 6px 14px 6px 0;
  border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
thead th { color: var(--quiet); font-weight: 600; white-space: nowrap; }
tbody th { font-weight: 600; min-width: 7em; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
td.text { min-width: 7em; white-space: pre-line; }
code, pre { font: .875rem/1.5 ui-monospace, "Cascadia Mono", Menlo, "DejaVu Sans Mono", monospace; }
pre { background: var(--code); border-radius: 8px; padding: 12px; margin: 8px 0; max-height: 320px;
  overflow: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
pre.list { max-height: 9.5em; overflow-wrap: anywhere; }
pre.command { user-select: all; }
pre.log { max-height: none; font-size: .8125rem; white-space: pre; }
footer { padding-bottom: 40px; font-size: .875rem; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
@media (max-width: 600px) {
  header, main, footer { padding-left: 12px; padding-right: 12px; }
  section { padding: 16px 14px; }
  .tiles { grid-template-columns: 1fr 1fr; }
  .sheet { grid-template-columns: repeat(4, 1fr); }
  .chart svg, .axis { height: 140px; }
}
@media print { section, .tiles div { break-inside: avoid; } .scrolls, pre { max-height: none; } }
"""
