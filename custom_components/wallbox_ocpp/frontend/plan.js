// The plan of a charger on its card: the prices of the hours to come, those in which the car charges, and what that means.

import { DOMAIN } from "./charger.js";
import { element, setAttribute, setText } from "./dom.js";
import { chartOf, hoursOf } from "./plan-chart.js";
import { PlanFormat } from "./plan-format.js";
import { text } from "./texts.js";

/** @typedef {import("./charger.js").Charger} Charger */
/** @typedef {{start: string, end: string | null}} Time */
/**
 * @typedef {object} Told What Home Assistant tells of a plan
 * @property {string | null} state
 * @property {(Time & {limit: number | null})[]} slots
 * @property {(Time & {price: number})[]} prices
 * @property {Time[] | null} allowed Nothing if every hour is
 * @property {string} currency
 * @property {string | null} next_start
 * @property {string | null} end
 * @property {string | null} ready_by
 * @property {string | null} until When it starts or pauses with the sun
 * @property {number} missing kWh
 * @property {number} late Minutes
 * @property {number | null} cost
 * @property {number | null} saved
 * @property {boolean} estimated
 */

/** What a plan depends on, or shows in. *Plan* is off by default, so the others have to do. */
const WATCHED = [
  "select.mode",
  "number.energy_target",
  "time.ready_by",
  "sensor.plan",
  "sensor.status",
  "sensor.why_not_charging",
  "number.current_limit",
  "switch.charging",
];
const MINUTE = 60_000;
/** Milliseconds after which a change has become of the plan what it does. */
const SOON = 3_000;
const ENTITY = `component.${DOMAIN}.entity.sensor.plan`;

const STYLE = `
:host { display: block; color: var(--primary-text-color); font-size: 14px; --chosen: var(--primary-color); }
[hidden] { display: none !important; }
p, dl, dd { margin: 0; }
.state { font-size: 15px; font-weight: 500; }
.line { display: none; color: var(--secondary-text-color); line-height: 1.35; }
.line bdi { color: var(--primary-text-color); font-weight: 500; font-variant-numeric: tabular-nums; white-space: nowrap; }
.late, .failed { color: var(--error-color, #db4437); font-weight: 500; }
.legend { display: flex; flex-wrap: wrap; gap: 0 16px; margin-top: 8px; font-size: 13px; color: var(--secondary-text-color); }
.legend i { display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin-inline-end: 6px; background: var(--chosen); }
.legend .price i { background: color-mix(in srgb, var(--primary-text-color) 24%, transparent); }
.chart { direction: ltr; margin: 4px 0 8px; }
svg { display: block; width: 100%; height: 96px; }
.flat svg { height: 28px; }
rect { fill: color-mix(in srgb, var(--primary-text-color) 24%, transparent); }
rect.closed { fill: color-mix(in srgb, var(--primary-text-color) 10%, transparent); }
rect.chosen { fill: var(--chosen); }
rect.unknown { opacity: 0.6; }
line { vector-effect: non-scaling-stroke; stroke: var(--secondary-text-color); stroke-width: 1; }
line.now { stroke: var(--error-color, #db4437); stroke-width: 2; }
line.ready { stroke: var(--primary-text-color); stroke-width: 2; stroke-dasharray: 4 3; }
.axis { position: relative; height: 18px; font-size: 12px; color: var(--secondary-text-color); font-variant-numeric: tabular-nums; }
.axis span { position: absolute; transform: translateX(-50%); white-space: nowrap; }
.axis .now { color: var(--error-color, #db4437); transform: none; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(130px, 1fr)); gap: 8px 12px; }
dt { font-size: 13px; color: var(--secondary-text-color); }
dd { font-variant-numeric: tabular-nums; }
:host([compact]) > * { display: none; }
:host([compact]) .line, :host([compact]) .failed { display: block; }
.note { margin-top: 8px; font-size: 13px; color: var(--secondary-text-color); }
summary { min-height: 40px; line-height: 40px; color: var(--secondary-text-color); cursor: pointer; border-radius: 8px; }
summary:focus-visible { outline: 2px solid var(--primary-color); outline-offset: 2px; }
table { width: 100%; border-collapse: collapse; font-size: 13px; }
th, td { text-align: start; font-weight: 400; padding: 4px 8px 4px 0; font-variant-numeric: tabular-nums; }
thead th { color: var(--secondary-text-color); border-bottom: 1px solid var(--divider-color); }
tr.chosen td, tr.chosen th { font-weight: 500; }
`;

export class Plan extends HTMLElement {
  /** @type {Charger | undefined} */
  #charger;
  /** @type {Told | undefined} */
  #told;
  /** @type {unknown[]} What was seen when it was asked for last. */
  #seen = [];
  /** @type {unknown} In what it was drawn last. */
  #localize;
  /** @type {number | undefined} */
  #timer;
  /** @type {number | undefined} */
  #again;
  #root = this.attachShadow({ mode: "open" });

  /** @param {Charger} charger */
  set charger(charger) {
    this.#charger = charger;
    const seen = [charger.device, this.#compact, ...WATCHED.map((key) => charger.state(key))];
    if (seen.some((value, at) => value !== this.#seen[at])) {
      this.#seen = seen;
      this.#load();
      clearTimeout(this.#again);
      this.#again = setTimeout(() => this.#load(), SOON);
    } else if (this.#localize !== charger.hass.localize) this.#draw();
  }

  connectedCallback() {
    this.#timer = setInterval(() => this.#load(), MINUTE);
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
    clearTimeout(this.#again);
  }

  async #load() {
    const { hass, device } = /** @type {Charger} */ (this.#charger);
    let told;
    let failed = "";
    try {
      told = /** @type {Told} */ (await hass.callWS({ type: `${DOMAIN}/plan`, device_id: device }));
    } catch (/** @type {any} */ error) {
      failed = error?.message ?? String(error);
    }
    // Whoever has asked later gets the answer later.
    if (device !== this.#charger?.device) return;
    if (told) this.#told = told;
    this.#draw();
    setText(this.#$(".failed"), told ? "" : this.#text("plan_not_loaded", { message: failed }));
  }

  #build() {
    this.#root.replaceChildren(
      element("style", { text: STYLE }),
      element("p", { class: "line", role: "status" }),
      element("p", { class: "state", role: "status" }),
      element("p", { class: "late", role: "status" }),
      element("div", { class: "legend", "aria-hidden": "true" }),
      element("div", { class: "chart", role: "img" }),
      element("dl"),
      element("p", { class: "note" }),
      element("details", {}, element("summary"), element("table")),
      element("p", { class: "failed", role: "alert" }),
    );
  }

  #draw() {
    const { hass } = /** @type {Charger} */ (this.#charger);
    this.#localize = hass.localize;
    if (!this.#root.firstChild) this.#build();
    const told = this.#told;
    for (const part of this.#root.children) setAttribute(part, "hidden", !told?.state && part.className !== "failed");
    if (!told?.state) return;
    const format = new PlanFormat(hass, told.currency);
    setText(this.#$(".state"), hass.localize(`${ENTITY}.state.${told.state}`));
    // In the compact card, the line is late, too.
    const late = this.#$(".late:not(.line)");
    setText(late, told.late > 0 ? this.#text("plan_late", { time: format.duration(told.late) }) : "");
    setAttribute(late, "hidden", !told.late);
    // Elsewhere it would say again what is said already.
    if (this.#compact) this.#drawLine(told, format);
    else this.#$(".line").replaceChildren();
    this.#drawChart(told, format);
    this.#drawFacts(told, format);
    this.#drawHours(told, format);
    setText(this.#$(".note"), this.#text("plan_estimated"));
    setAttribute(this.#$(".note"), "hidden", !told.estimated);
  }

  /**
   * @param {Told} told
   * @param {PlanFormat} format
   */
  #drawChart(told, format) {
    const now = new Date();
    const made = chartOf(told, now, format, this.#text("plan_now"));
    const chart = this.#$(".chart");
    for (const part of [".chart", ".legend", "details"]) setAttribute(this.#$(part), "hidden", !made);
    if (!made) return;
    chart.className = told.prices.length ? "chart" : "chart flat";
    chart.replaceChildren(...made);
    const times = told.slots.map(({ start, end }) => format.times(start, end)).join(", ");
    setAttribute(chart, "aria-label", `${this.#text("plan_charges")}: ${times || "—"}`);
    const legend = [element("span", {}, element("i"), this.#text("plan_charges"))];
    const prices = told.prices.map(({ price }) => price);
    if (prices.length) {
      const range = format.prices(Math.min(...prices), Math.max(...prices));
      legend.push(element("span", { class: "price" }, element("i"), `${this.#text("plan_price")}: `, element("bdi", { text: range })));
    }
    this.#$(".legend").replaceChildren(...legend);
  }

  /**
   * Draw what matters most, for a card that has room for one line.
   * @param {Told} told
   * @param {PlanFormat} format
   */
  #drawLine(told, format) {
    const now = new Date();
    const line = this.#$(".line");
    line.classList.toggle("late", told.late > 0);
    const runs = told.slots.some(({ start, end }) => new Date(start) <= now && (!end || now < new Date(end)));
    const attribute = /** @type {const} */ (["until", runs ? "end" : "next_start"]).find((one) => told[one]);
    if (told.late > 0) setText(line, this.#$(".late:not(.line)").textContent ?? "");
    else if (!attribute) setText(line, this.#$(".state").textContent ?? "");
    else line.replaceChildren(`${this.#name(attribute)} `, element("bdi", { text: format.moment(told[attribute]) }));
  }

  /**
   * @param {Told} told
   * @param {PlanFormat} format
   */
  #drawFacts(told, format) {
    // What can be chosen is among the choices.
    const name = (/** @type {string} */ attribute) => this.#name(attribute);
    /** @type {[name: string, value: string][]} */
    const facts = [
      [name("next_start"), format.moment(told.next_start)],
      [name("end"), format.moment(told.end)],
      [name("ready_by"), this.#charger?.value("time.ready_by") ? "" : format.moment(told.ready_by)],
      [name("until"), format.moment(told.until)],
      [name("cost"), format.money(told.cost)],
      [this.#text("plan_saved"), (told.saved ?? 0) > 0 ? format.money(told.saved) : ""],
      [this.#text("plan_missing"), told.missing > 0 ? format.energy(told.missing) : ""],
    ];
    const shown = facts
      .filter(([, value]) => value)
      .map(([term, value]) => element("div", {}, element("dt", { text: term }), element("dd", {}, element("bdi", { text: value }))));
    this.#$("dl").replaceChildren(...shown);
  }

  /**
   * Draw the hours as a table, for those who cannot see the bars or touch them.
   * @param {Told} told
   * @param {PlanFormat} format
   */
  #drawHours(told, format) {
    setText(this.#$("summary"), this.#text("plan_hours"));
    const keys = ["plan_time", ...(told.prices.length ? ["plan_price"] : []), "plan_charges"];
    const rows = hoursOf(told, new Date()).map(({ start, end, price, minutes, whole }) => {
      const charges = whole ? this.#text("plan_yes") : minutes ? format.duration(minutes) : "";
      const cells = [...(told.prices.length ? [price === undefined ? "" : format.price(price)] : []), charges];
      const head = element("th", { scope: "row" }, element("bdi", { text: format.times(start, end) }));
      return element(
        "tr",
        { class: minutes ? "chosen" : "" },
        head,
        ...cells.map((cell) => element("td", {}, element("bdi", { text: cell }))),
      );
    });
    const heads = keys.map((key) => element("th", { scope: "col", text: this.#text(key) }));
    this.#$("table").replaceChildren(element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...rows));
  }

  /**
   * @param {string} selector
   * @returns {HTMLElement}
   */
  #$(selector) {
    return /** @type {HTMLElement} */ (this.#root.querySelector(selector));
  }

  get #compact() {
    return this.hasAttribute("compact");
  }

  /** @param {string} attribute Of the sensor *Plan* */
  #name(attribute) {
    return this.#charger?.hass.localize(`${ENTITY}.state_attributes.${attribute}.name`) ?? "";
  }

  /**
   * @param {string} key
   * @param {Record<string, unknown>} [values]
   */
  #text(key, values) {
    return this.#charger ? text(this.#charger.hass, key, values) : "";
  }
}
