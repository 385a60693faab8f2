// What the owner chooses on the card: the mode, and beside it what is set in a dialog of its own.

import { element, setAttribute, setText } from "./dom.js";
import { text } from "./texts.js";

/** @typedef {import("./charger.js").Charger} Charger */

export const CHOICES = `<div class="choices">
    <label class="mode"><span></span><select></select></label>
    <button class="target"><span></span><bdi></bdi></button>
    <button class="ready"><span></span><bdi></bdi></button>
  </div>`;

/**
 * Draw what is chosen, as far as there are such choices.
 * @param {HTMLElement} choices
 * @param {Charger} charger
 */
export const drawChoices = (choices, charger) => {
  const mode = charger.state("select.mode");
  const label = /** @type {HTMLElement} */ (choices.querySelector(".mode"));
  setAttribute(label, "hidden", !mode);
  if (mode) drawMode(label, charger, mode);
  const hasTarget = Number(charger.value("number.energy_target")) > 0;
  const target = draw(choices, ".target", charger, "number.energy_target", hasTarget);
  const ready = draw(choices, ".ready", charger, "time.ready_by", !!charger.value("time.ready_by"));
  ready.hidden ||= mode?.state !== "planned";
  setAttribute(choices, "hidden", !mode && target.hidden);
};

/**
 * @param {HTMLElement} label
 * @param {Charger} charger
 * @param {HassEntity} mode
 */
const drawMode = (label, { hass }, mode) => {
  const select = /** @type {HTMLSelectElement} */ (label.querySelector("select"));
  const options = /** @type {string[]} */ (mode.attributes.options ?? []).map((value) =>
    element("option", { value, text: hass.formatEntityState(mode, value) }),
  );
  const names = (/** @type {Iterable<Node>} */ all) => [...all].map((one) => one.textContent).join();
  // A list that is open must not be closed.
  if (names(options) !== names(select.options)) select.replaceChildren(...options);
  select.value = mode.state;
  setText(/** @type {Element} */ (label.querySelector("span")), hass.formatEntityName(mode, { type: "entity" }));
};

/**
 * Draw what is set elsewhere.
 * @param {HTMLElement} choices
 * @param {string} selector
 * @param {Charger} charger
 * @param {string} key
 * @param {boolean} chosen Or there is none
 */
const draw = (choices, selector, charger, key, chosen) => {
  const { hass } = charger;
  const button = /** @type {HTMLElement} */ (choices.querySelector(selector));
  const state = charger.state(key);
  setAttribute(button, "hidden", !state);
  if (state) {
    const [name, value] = [...button.children];
    setText(name, hass.formatEntityName(state, { type: "entity" }));
    setText(value, chosen ? charger.formatted(key) : text(hass, "no_target"));
  }
  return button;
};
