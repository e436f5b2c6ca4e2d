import { HEAT_GRADIENT } from './images.js';

/** Style of the report: one column on a phone, charts side by side on a desktop. */
export const PAGE_STYLE = `
:root { color-scheme: light; font: 16px/1.5 system-ui, sans-serif; color: #1c2430; background: #fff; }
body { margin: 0 auto; max-width: 75rem; padding: 1rem; }
h1, h2, h3 { line-height: 1.2; overflow-wrap: anywhere; } h2 { margin-top: 2.5rem; border-bottom: 1px solid #c5ccd6; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .6rem; text-align: right; white-space: nowrap; } th:first-child, td:first-child { text-align: left; } td, tbody th { vertical-align: top; }
thead th { border-bottom: 2px solid #1c2430; } tbody tr:nth-child(odd) { background: #f3f5f8; }
.charts { display: flex; flex-wrap: wrap; gap: 1rem; } .charts figure { margin: 0; flex: 1 1 18rem; max-width: 26rem; }
figcaption { font-size: .85rem; color: #48566a; } svg { width: 100%; height: auto; } svg text { font-size: 10px; fill: #48566a; }
.frame { fill: none; stroke: #c5ccd6; } .axis { stroke: #7a8798; } .curve { fill: none; stroke: #0072b2; stroke-width: 1.5; }
.limit { stroke: #1c2430; stroke-width: 1.5; stroke-dasharray: 4 2; }
.controls { margin-top: 1rem; display: grid; grid-template-columns: minmax(8rem, max-content) 1fr minmax(5rem, max-content); gap: .25rem .75rem; align-items: center; max-width: 46rem; }
input[type=range] { width: 100%; } output { font-variant-numeric: tabular-nums; }
.images { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 34rem), 1fr)); gap: 1.25rem; padding: 0; list-style: none; }
.images figure { margin: 0; } .images figcaption { overflow-wrap: anywhere; }
.tiles { display: grid; grid-template-columns: repeat(4, 1fr); gap: .4rem; } @media (max-width: 36rem) { .tiles { grid-template-columns: repeat(2, 1fr); } } .tile span { font-size: .8rem; color: #48566a; }
.image { aspect-ratio: 1; background-size: contain; background-position: center; background-repeat: no-repeat; border: 1px solid #c5ccd6; }
.outlines { width: 100%; height: 100%; display: block; } .outlines polygon { fill: none; stroke: #00c8ff; stroke-width: 1.5; vector-effect: non-scaling-stroke; } .outlines .small { stroke: #aaa; } .outlines .edge { stroke: #fff; }
.bar { display: flex; gap: .5rem; align-items: center; font-size: .8rem; color: #48566a; } .bar i { flex: 1; height: .6rem; margin-bottom: 1rem; position: relative; background: ${HEAT_GRADIENT}; }
.bar b { position: absolute; top: -.15rem; bottom: -.15rem; width: 2px; background: #00c8ff; outline: 1px solid #1c2430; } .bar em { position: absolute; top: .6rem; transform: translateX(-50%); font-style: normal; white-space: nowrap; }
td small { display: block; color: #48566a; font-size: .75rem; } tbody th { font-weight: 400; min-width: 6rem; max-width: 12rem; white-space: normal; overflow-wrap: anywhere; }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1rem; } a { color: #005a8c; } :focus-visible { outline: 3px solid #d55e00; outline-offset: 2px; }
.normal { color: #005a8c; } .anomalous { color: #a64500; } .note { color: #48566a; max-width: 46rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; } dd { margin: 0; overflow-wrap: anywhere; } dt { font-weight: 600; }
`;
