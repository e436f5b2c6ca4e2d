/** Style of the report: one column on a phone, charts side by side on a desk. */
export const PAGE_STYLE = `
:root { color-scheme: light; font: 16px/1.5 system-ui, sans-serif; color: #1c2430; background: #fff; }
body { margin: 0 auto; max-width: 75rem; padding: 1rem; }
h1, h2, h3 { line-height: 1.2; } h2 { margin-top: 2.5rem; border-bottom: 1px solid #c5ccd6; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .6rem; text-align: right; white-space: nowrap; } th:first-child, td:first-child { text-align: left; }
thead th { border-bottom: 2px solid #1c2430; } tbody tr:nth-child(odd) { background: #f3f5f8; }
.charts { display: flex; flex-wrap: wrap; gap: 1rem; } .charts figure { margin: 0; flex: 1 1 18rem; max-width: 26rem; }
figcaption { font-size: .85rem; color: #48566a; } svg { width: 100%; height: auto; } svg text { font-size: 10px; fill: #48566a; }
.frame { fill: none; stroke: #c5ccd6; } .axis { stroke: #7a8798; } .curve { fill: none; stroke: #0072b2; stroke-width: 1.5; }
.limit { stroke: #1c2430; stroke-width: 1.5; stroke-dasharray: 4 2; }
.controls { margin-top: 1rem; display: grid; grid-template-columns: minmax(8rem, max-content) 1fr minmax(5rem, max-content); gap: .25rem .75rem; align-items: center; max-width: 46rem; }
input[type=range] { width: 100%; } output { font-variant-numeric: tabular-nums; }
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 22rem), 1fr)); gap: 1rem; padding: 0; list-style: none; }
.pictures img { width: 100%; height: auto; border: 1px solid #c5ccd6; } .pictures p { margin: 0; font-size: .85rem; overflow-wrap: anywhere; }
.normal { color: #005a8c; } .anomalous { color: #a64500; } .note { color: #48566a; max-width: 46rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; } dd { margin: 0; overflow-wrap: anywhere; } dt { font-weight: 600; }
`;
