// How the pages of the dashboard look. Colours are the theme's.

import { ACTION } from "./style.js";

export const PAGE_STYLE = `
:host { display: block; height: 100%; }
ha-card { padding: 16px max(16px, calc((100% - 1200px) / 2)); color: var(--primary-text-color); box-sizing: border-box; min-height: 100%; }
.controls { display: flex; flex-wrap: wrap; gap: 12px; align-items: end; margin-bottom: 16px; }
.field { display: grid; gap: 4px; font-size: 13px; color: var(--secondary-text-color); }
select {
  min-height: 44px; min-width: 110px; max-width: 100%; padding: 0 12px; font: inherit; font-size: 15px; border-radius: 12px;
  color: var(--primary-text-color); background: var(--card-background-color); border: 1px solid var(--divider-color);
}
${ACTION}
.action:focus-visible, select:focus-visible { outline: 2px solid var(--primary-color); outline-offset: 2px; }
.message { margin: 0; padding: 24px 0; text-align: center; color: var(--secondary-text-color); }
.sums { display: flex; flex-wrap: wrap; gap: 4px 24px; margin: 0 0 16px; font-size: 20px; font-variant-numeric: tabular-nums; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 380px), 1fr)); gap: 24px; margin-bottom: 24px; align-items: start; }
table { width: 100%; border-collapse: collapse; font-size: 14px; }
caption { text-align: start; font-size: 16px; font-weight: 500; padding-bottom: 8px; }
th, td { text-align: start; padding: 8px 8px 8px 0; font-weight: 400; vertical-align: middle; }
.sessions thead th { color: var(--secondary-text-color); font-size: 13px; border-bottom: 1px solid var(--divider-color); }
.sessions tbody tr + tr td { border-top: 1px solid color-mix(in srgb, var(--divider-color) 60%, transparent); }
.number { text-align: end; white-space: nowrap; font-variant-numeric: tabular-nums; }
.sessions .who { padding-inline-start: 24px; }
.chart th { white-space: nowrap; width: 1%; max-width: 140px; overflow: hidden; text-overflow: ellipsis; }
.chart .number { width: 1%; }
.chart .bars { min-width: 60px; }
.bar { display: block; height: 8px; min-width: 2px; border-radius: 4px; margin: 2px 0; }
.bar.energy { background: var(--primary-color); }
.bar.cost { background: #f2a60c; height: 4px; }
.offline ha-icon { --mdc-icon-size: 18px; color: #d98200; }
.print { position: fixed; width: 0; height: 0; border: 0; visibility: hidden; }
@media (max-width: 600px) {
  ha-card { padding: 12px; }
  .sessions .end { display: none; }
  .sessions th.offline { overflow: hidden; max-width: 0; color: transparent; }
  .sessions .who { padding-inline-start: 6px; }
  .sessions th, .sessions td { padding-inline-end: 6px; font-size: 13px; }
  .charts { gap: 16px; }
  .controls > * { flex: 1 1 40%; justify-content: center; }
  .field { justify-content: stretch; }
}
`;

export const SHEET_STYLE = `
.sheet {
  box-sizing: border-box; max-width: 800px; margin: 0 auto; padding: 32px; background: #fff; color: #111; font-family: Roboto, "Noto Sans", sans-serif;
  font-size: 14px; border: 1px solid #ddd; border-radius: 4px; overflow-x: auto;
}
.sheet h1 { font-size: 22px; font-weight: 500; margin: 0 0 4px; }
.sheet p { margin: 0 0 4px; }
.sheet .month { font-size: 17px; }
.sheet .whose { color: #555; margin-bottom: 20px; }
.sheet table { width: 100%; border-collapse: collapse; font-size: 13px; }
.sheet th, .sheet td { text-align: start; padding: 6px 10px 6px 0; font-weight: 400; }
.sheet .number { text-align: end; white-space: nowrap; font-variant-numeric: tabular-nums; padding-inline: 10px 0; }
.sheet thead th { color: #555; border-bottom: 1px solid #999; }
.sheet tbody tr { break-inside: avoid; }
.sheet tbody tr + tr td { border-top: 1px solid #eee; }
.sheet tfoot th, .sheet tfoot td { border-top: 2px solid #333; font-weight: 600; }
@media (max-width: 600px) { .sheet { padding: 12px; } .sheet table { font-size: 12px; } }
@media print { body { margin: 0; } .sheet { border: 0; padding: 0; max-width: none; } @page { margin: 18mm; } }
`;
