// How the card looks. Colours of the ring are those of the halo; all others are the theme's.

export const ACTION = `
.action {
  display: inline-flex; align-items: center; gap: 8px; min-height: 44px; padding: 0 16px; border: 0; border-radius: 12px; font: inherit;
  font-weight: 500; cursor: pointer; color: var(--primary-text-color); background: color-mix(in srgb, var(--primary-color) 18%, transparent);
}
.action:hover { background: color-mix(in srgb, var(--primary-color) 28%, transparent); }
`;

export const STYLE = `
:host { display: block; height: 100%; }
ha-card { height: 100%; box-sizing: border-box; padding: 16px; overflow: hidden; --ring: var(--disabled-color, #9e9e9e); }
.green { --ring: #43c873; }
.turquoise { --ring: #1cc8bd; }
.blue { --ring: #2f86ff; }
.yellow { --ring: #f2b90c; }
.red { --ring: #ef4136; }
[hidden] { display: none !important; }
p { margin: 0; }
bdi { white-space: nowrap; }
button {
  border: 0; background: none; padding: 0; margin: 0; font: inherit; color: inherit; cursor: pointer; border-radius: 12px;
  -webkit-tap-highlight-color: transparent;
}
button[aria-busy] { opacity: 0.5; }
button:focus-visible, input:focus-visible, select:focus-visible { outline: 2px solid var(--primary-color); outline-offset: 2px; }

.whole { display: flex; flex-direction: column; gap: 12px; align-items: stretch; height: 100%; }
.name {
  font-size: 16px; font-weight: 500; line-height: 1.4; overflow: hidden; text-overflow: ellipsis; white-space: nowrap;
  color: var(--primary-text-color);
}
.chips { display: flex; flex-wrap: wrap; justify-content: center; gap: 0 8px; }
.chip {
  display: inline-flex; align-items: center; gap: 4px; min-height: 36px; padding: 0 8px; border-radius: 18px; font-size: 13px;
  color: var(--primary-text-color);
}
.chip:hover { background: color-mix(in srgb, var(--primary-text-color) 8%, transparent); }
.chip ha-icon { --mdc-icon-size: 20px; color: var(--secondary-text-color); }
.chip.good ha-icon { color: #2e9e57; }
.chip.warn ha-icon { color: #d98200; }
.chip.bad ha-icon { color: var(--error-color, #db4437); }

.ring { position: relative; align-self: center; width: min(100%, 216px); aspect-ratio: 1; border-radius: 50%; flex: none; }
.ring svg { position: absolute; inset: 0; width: 100%; height: 100%; overflow: visible; }
circle { fill: none; stroke-width: 7; }
.track { stroke: color-mix(in srgb, var(--primary-text-color) 10%, transparent); }
.light { stroke: var(--ring); filter: drop-shadow(0 0 3px color-mix(in srgb, var(--ring) 70%, transparent)); }
.off .light { stroke-dasharray: 2 7; filter: none; }
.rotating .light { stroke-dasharray: 70 200; stroke-linecap: round; transform-origin: 50% 50%; animation: turn 1.8s linear infinite; }
.pulsing .light { animation: pulse 3s ease-in-out infinite; }
@keyframes turn { to { transform: rotate(360deg); } }
@keyframes pulse { 50% { opacity: 0.4; } }
@media (prefers-reduced-motion: reduce) { .light { animation: none !important; } }
.middle { position: absolute; inset: 14%; display: flex; flex-direction: column; align-items: center; justify-content: center; text-align: center; }
.middle ha-icon { --mdc-icon-size: 30px; color: var(--secondary-text-color); margin-bottom: 4px; }
.big { font-size: 34px; line-height: 1.15; color: var(--primary-text-color); font-variant-numeric: tabular-nums; }
.big.word { font-size: 22px; white-space: normal; }
.small { font-size: 15px; color: var(--secondary-text-color); font-variant-numeric: tabular-nums; }
.why { text-align: center; color: var(--primary-text-color); font-size: 15px; line-height: 1.35; }

.limit { display: grid; grid-template-columns: 1fr auto; align-items: center; gap: 0 12px; font-size: 14px; }
.limit label { color: var(--secondary-text-color); }
.limit output { color: var(--primary-text-color); font-weight: 500; font-variant-numeric: tabular-nums; }
.limit input { grid-column: 1 / -1; width: 100%; margin: 0; height: 40px; accent-color: var(--primary-color); cursor: pointer; }
.limit input:disabled { cursor: default; }

.wish { display: contents; }
.choices { display: flex; flex-wrap: wrap; gap: 8px 12px; }
.choices > * { flex: 1 1 110px; display: grid; gap: 4px; font-size: 14px; color: var(--secondary-text-color); min-width: 0; text-align: start; }
.choices .mode { flex-grow: 2; flex-basis: 160px; }
/* Where the three do not fit in a row, the mode has one of its own. */
.choices:has(.ready:not([hidden])) .mode { flex-basis: max(160px, (440px - 100%) * 999); }
.choices select, .choices bdi {
  box-sizing: border-box; width: 100%; min-height: 44px; padding: 0 12px; font: inherit; font-weight: 500; border-radius: 12px; line-height: 42px;
  color: var(--primary-text-color); background: var(--card-background-color); border: 1px solid var(--divider-color);
}
${ACTION}
.actions { display: flex; gap: 8px; flex-wrap: wrap; }
.actions button { flex: 1 1 120px; justify-content: center; }
.actions ha-icon { --mdc-icon-size: 20px; }
.note { font-size: 13px; color: var(--secondary-text-color); text-align: center; }
.error:empty { display: none; }
.error { font-size: 14px; color: var(--error-color, #db4437); text-align: center; }
.problem { display: flex; align-items: center; gap: 12px; height: 100%; color: var(--primary-text-color); }
.problem ha-icon { color: #d98200; flex: none; }

.compact { padding: 12px; }
.compact .whole {
  display: grid; grid-template-columns: 76px minmax(0, 1fr) auto auto; gap: 0 8px; align-content: center; align-items: center;
  grid-template-areas: "ring name chips actions" "ring why chips actions" "wish wish wish wish" "note note note note" "error error error error";
}
.compact .name { grid-area: name; align-self: end; font-size: 15px; }
.compact .chips { grid-area: chips; flex-direction: column; }
.compact .why { grid-area: why; text-align: start; font-size: 14px; color: var(--secondary-text-color); align-self: start; }
.compact .ring { grid-area: ring; width: 76px; }
.compact circle { stroke-width: 8; }
.compact .middle { inset: 10%; }
.compact .middle ha-icon { --mdc-icon-size: 24px; margin: 0; }
.compact .big { font-size: 14px; font-weight: 500; }
.compact .small { font-size: 11px; }
.compact .middle.iconic .big, .compact .middle.iconic .small { display: none; }
.compact .chip { padding: 0 4px; min-height: 32px; }
.compact .chip span { display: none; }
.compact .actions { grid-area: actions; flex-direction: column; }
.compact .actions button { flex: none; width: 44px; padding: 0; }
.compact .actions span { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.compact .note { grid-area: note; text-align: start; margin-top: 8px; }
.compact .error { grid-area: error; text-align: start; }
.compact .wish { grid-area: wish; display: flex; flex-wrap: wrap; align-items: center; gap: 8px 12px; margin-top: 12px; }
.compact .choices { display: block; }
.compact .choices:has(.mode[hidden]) { display: none; }
.compact .choices select { min-height: 40px; line-height: 38px; }
.compact .choices .mode span { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.compact .plan { flex: 1 1 150px; }
.compact .limit, .compact .target, .compact .ready { display: none; }
`;
