// What the pages of the dashboard about sessions have in common: which charger, which year, and the sessions.

import { Charger, chargers, nameOf } from "./charger.js";
import { element } from "./dom.js";
import { Format } from "./format.js";
import { PAGE_STYLE } from "./page-style.js";
import { loadTexts, text } from "./texts.js";

/**
 * @typedef {object} Session
 * @property {string | null} started
 * @property {string} ended
 * @property {number | null} energy kWh
 * @property {number | null} cost
 * @property {string} started_by
 * @property {string | null} who The name of the card
 * @property {boolean} offline
 * @property {string} [id_tag]
 */
/** @typedef {{currency: string, years: number[], people: Record<string, string>, sessions: Session[], left_out: number}} Year */

/**
 * Return what sessions come to; no cost if none of them has one.
 * @param {Session[]} sessions
 */
export const total = (sessions) => {
  /** @type {{count: number, energy: number, cost: number | null}} */
  const sum = { count: sessions.length, energy: 0, cost: null };
  for (const { energy, cost } of sessions) {
    sum.energy += energy ?? 0;
    if (cost !== null) sum.cost = (sum.cost ?? 0) + cost;
  }
  return sum;
};

/**
 * Return a cell of a table with a number, which is never turned around.
 * @param {string} text
 */
export const numberCell = (text) => element("td", { class: "number" }, element("bdi", { text }));

export class SessionsPage extends HTMLElement {
  /** @type {Hass | undefined} */
  hass_;
  /** @type {Year | undefined} */
  year_;
  /** @type {string} */
  device = "";
  /** @type {string} The charger that was chosen, also while there is none like it. */
  #chosen = "";
  /** @type {number} */
  #year = new Date().getFullYear();
  /** @type {string | undefined} What is loaded, or on its way. */
  #asked;
  /** @type {unknown[]} What was seen when it was drawn last. */
  #seen = [];
  /** @type {string} The entity that tells of sessions. */
  #event = "";
  /** @type {string} */
  #error = "";

  constructor() {
    super();
    this.attachShadow({ mode: "open" });
  }

  // What Home Assistant gives a card

  /** @param {{device?: string}} config */
  setConfig(config) {
    this.#chosen = config.device ?? "";
  }

  /** @param {Hass} hass */
  set hass(hass) {
    const others = this.hass_?.entities !== hass.entities || this.hass_?.devices !== hass.devices;
    this.hass_ = hass;
    loadTexts(hass);
    if (others) this.#find();
    const event = hass.states[this.#event];
    const seen = [hass.localize, hass.locale, hass.devices, event];
    if (this.#seen.length && seen.every((value, at) => value === this.#seen[at])) return;
    // A session that has ended is one more.
    if (event !== this.#seen[3]) this.#asked = undefined;
    this.#seen = seen;
    this.draw();
    this.#load();
  }

  // For the pages

  /** The sessions of the year, as far as they are loaded. */
  get sessions() {
    return this.year_?.sessions ?? [];
  }

  get format() {
    const hass = /** @type {Hass} */ (this.hass_);
    return new Format(hass, this.year_?.currency ?? hass.config.currency);
  }

  get yearShown() {
    return this.#year;
  }

  /** The name of the charger. */
  get chargerName() {
    return this.hass_ ? nameOf(this.hass_, this.device) : "";
  }

  /**
   * Return a text of our own.
   * @param {string} key
   * @param {Record<string, unknown>} [values]
   */
  text(key, values) {
    return this.hass_ ? text(this.hass_, key, values) : "";
  }

  /**
   * Return who a session belongs to: a person, a card, or nobody.
   * @param {Session} session
   */
  whoOf(session) {
    if (!session.who) return this.text("no_card");
    const person = this.year_?.people[session.who];
    return String((person && this.hass_?.states[person]?.attributes.friendly_name) || session.who);
  }

  /**
   * Return the page below the controls.
   * @returns {(Node | string)[]}
   */
  content() {
    return [];
  }

  /**
   * Return more controls, beside charger and year.
   * @returns {Node[]}
   */
  controls() {
    return [];
  }

  /**
   * Return the head of a table of sessions.
   * @param {...string} keys
   */
  head(...keys) {
    const heads = keys.map((key) => {
      const kind = ["energy", "cost"].includes(key) ? "number" : key;
      return element("th", { scope: "col", class: kind, text: this.text(key) });
    });
    return element("thead", {}, element("tr", {}, ...heads));
  }

  /**
   * Return a field in which one of several things is chosen.
   * @param {string} label
   * @param {[value: string, name: string][]} options
   * @param {string} value
   * @param {(value: string) => void} choose
   */
  choice(label, options, value, choose) {
    const select = /** @type {HTMLSelectElement} */ (
      element("select", { onchange: (/** @type {Event} */ event) => choose(/** @type {any} */ (event.target).value) })
    );
    for (const [one, name] of options) select.append(element("option", { value: one, text: name }));
    select.value = value;
    return element("label", { class: "field" }, element("span", { text: label }), select);
  }

  draw() {
    const root = /** @type {ShadowRoot} */ (this.shadowRoot);
    const focused = [...root.querySelectorAll("select, button")].indexOf(/** @type {Element} */ (root.activeElement));
    const card = element("ha-card", {}, element("div", { class: "controls" }, ...this.#ownControls(), ...this.controls()));
    card.append(...this.#body());
    root.replaceChildren(element("style", { text: PAGE_STYLE }), card);
    if (focused >= 0) /** @type {HTMLElement} */ ([...root.querySelectorAll("select, button")][focused])?.focus();
  }

  #ownControls() {
    const hass = /** @type {Hass} */ (this.hass_);
    const all = chargers(hass);
    const years = [...new Set([...(this.year_?.years ?? []), new Date().getFullYear(), this.#year])].sort().reverse();
    const year = this.choice(this.text("year"), years.map((one) => [`${one}`, `${one}`]), `${this.#year}`, (chosen) => {
      this.#year = Number(chosen);
      this.#forget();
      this.draw();
      this.#load();
    });
    if (all.length < 2) return [year];
    const names = all.map((one) => /** @type {[string, string]} */ ([one, nameOf(hass, one)]));
    const charger = this.choice(this.text("config_device"), names, this.device, (chosen) => {
      this.#chosen = chosen;
      this.#find();
      this.draw();
      this.#load();
    });
    return [charger, year];
  }

  #body() {
    if (this.#error) return [element("p", { class: "message", role: "alert", text: this.#error })];
    if (!this.device) return [element("p", { class: "message", text: this.text("no_charger") })];
    if (!this.year_) return [element("p", { class: "message", role: "status", text: this.text("loading") })];
    if (!this.sessions.length) {
      return [element("p", { class: "message", text: this.text("no_sessions", { year: this.#year }) })];
    }
    return this.content();
  }

  /**
   * Say what has gone wrong instead of the page.
   * @param {any} error
   */
  fail(error) {
    const message = error?.message ?? String(error);
    this.#error = error?.code === "unauthorized" ? this.text("not_allowed") : this.text("not_loaded", { message });
    this.draw();
  }

  /** Find the charger to show: the chosen one, or else the one that is shown, or else the first. */
  #find() {
    const hass = /** @type {Hass} */ (this.hass_);
    const all = chargers(hass);
    const device = [this.#chosen, this.device, ...all].find((one) => all.includes(one)) ?? "";
    if (device !== this.device) this.#forget();
    this.device = device;
    this.#event = new Charger(hass, device).ids["event.session"];
  }

  /** Forget what is loaded, or on its way: it is about another charger or another year. */
  #forget() {
    this.year_ = undefined;
    this.#asked = undefined;
    this.#error = "";
  }

  async #load() {
    const wanted = `${this.device} ${this.#year}`;
    if (!this.hass_ || !this.device || this.#asked === wanted) return;
    this.#asked = wanted;
    try {
      const message = { type: "wallbox_ocpp/sessions", device_id: this.device, year: this.#year };
      const answer = /** @type {Year} */ (await this.hass_.callWS(message));
      if (this.#asked !== wanted) return;
      this.year_ = answer;
      this.#error = "";
    } catch (error) {
      if (this.#asked !== wanted) return;
      this.#asked = undefined;
      this.year_ = undefined;
      this.fail(error);
      return;
    }
    this.draw();
  }
}
