// What the card shows of a charger: words, icons and colours, worked out from its entities.

import { text } from "./texts.js";

/** @typedef {import("./charger.js").Charger} Charger */
/** @typedef {{colour: string, pattern: string}} Ring */

const SHIELDS = /** @type {Record<string, [icon: string, tone: string]>} */ ({
  protected: ["mdi:shield-check", "good"],
  applying: ["mdi:shield-sync", "warn"],
  waiting_for_unplug: ["mdi:shield-sync", "warn"],
  reboot_required: ["mdi:shield-refresh", "bad"],
  firmware_too_old: ["mdi:shield-alert", "bad"],
  rejected: ["mdi:shield-alert", "bad"],
  off: ["mdi:shield-off-outline", "warn"],
});
const LOCKS = /** @type {Record<string, string>} */ ({
  locked: "mdi:lock",
  locking: "mdi:lock-clock",
  unlocking: "mdi:lock-clock",
  jammed: "mdi:lock-alert",
});
const WORDS = /** @type {Record<string, string>} */ ({
  ready: "mdi:ev-station",
  locked: "mdi:lock-outline",
  error: "mdi:alert-circle-outline",
});

/**
 * Return the icon of the offline protection, and whether that is good, bad or in between.
 * @param {string} verdict
 * @returns {[icon: string, tone: string]}
 */
export const shieldOf = (verdict) => SHIELDS[verdict] ?? ["mdi:shield-outline", ""];

/** @param {string} state */
export const lockIcon = (state) => LOCKS[state] ?? "mdi:lock-open-variant-outline";

/** @param {HassEntity} lock */
export const isLocked = (lock) => lock.state === "locked" || lock.state === "locking";

/**
 * Return what the ring shows; it is off where that is not known.
 * @param {Charger} charger
 * @returns {Ring}
 */
export const ringOf = (charger) => {
  const { colour, pattern } = charger.state("sensor.halo")?.attributes ?? {};
  return charger.connected && colour ? { colour, pattern } : { colour: "off", pattern: "steady" };
};

/**
 * Return what is in the middle of the ring: kW and kWh while a car is there, otherwise a word.
 * @param {Charger} charger
 */
export const middleOf = (charger) => {
  const halo = charger.value("sensor.halo");
  const energy = charger.formatted("sensor.session_energy");
  const last = energy && text(charger.hass, "last", { energy });
  if (!charger.connected) return { icon: "mdi:lan-disconnect", big: "", small: last, isWord: true };
  const power = charger.formatted("sensor.power");
  if (charger.pluggedIn && power && halo !== "error") return { icon: "", big: power, small: energy, isWord: false };
  const big = charger.formatted("sensor.halo") || charger.formatted("sensor.status");
  const icon = WORDS[halo ?? ""] ?? (charger.pluggedIn ? "mdi:power-plug-outline" : "mdi:ev-station");
  return { icon, big, small: charger.pluggedIn ? energy : last, isWord: true };
};

/**
 * Return the line that says why it is as it is.
 * @param {Charger} charger
 */
export const whyOf = (charger) => {
  const { hass } = charger;
  const reason = charger.formatted("sensor.why_not_charging") || charger.formatted("sensor.status");
  const limiter = charger.formatted("sensor.limited_by");
  const charges = charger.value("sensor.why_not_charging") === "charging";
  if (charges && limiter) return text(hass, "charging", { limiter });
  const status = charger.state("sensor.status");
  const error = charger.value("sensor.why_not_charging") === "fault" && status?.attributes.error;
  return error ? `${reason}: ${hass.formatEntityAttributeValue(status, "error")}` : reason;
};
