// The module that Home Assistant's dashboards load: it makes card and dashboard known. No tool builds it; see
// docs/dashboard.md.

import { WallboxCard } from "./card.js";
import { DOMAIN } from "./charger.js";
import { History, Statement } from "./pages.js";
import { CARD, HISTORY, STATEMENT, WallboxStrategy } from "./strategy.js";
import { currentHass, loadTexts, text } from "./texts.js";

const STRATEGY = "wallbox-ocpp";
const DOCUMENTATION = "https://github.com/wallbox-ocpp/wallbox-ocpp/blob/main/docs/dashboard.md";

const ELEMENTS = {
  [CARD]: WallboxCard,
  [HISTORY]: History,
  [STATEMENT]: Statement,
  [`ll-strategy-dashboard-${STRATEGY}`]: WallboxStrategy,
};

/** Entities for which Home Assistant suggests the card. */
const SUGGESTED = ["halo", "status", "power", "charging", "session_energy", "why_not_charging"];

/**
 * Add ours to a list that Home Assistant looks at, unless it is there from another version of this module.
 * @param {"customCards" | "customStrategies"} name
 * @param {Record<string, any>} entry
 */
const list = (name, entry) => {
  const known = (window[name] ??= []);
  if (!known.some((other) => other.type === entry.type)) known.push(entry);
};

/** Define the elements, in the registry that counts: Home Assistant replaces it while the page starts. */
const define = async () => {
  await customElements.whenDefined("home-assistant");
  const registry = window.customElements;
  for (const [name, made] of Object.entries(ELEMENTS)) if (!registry.get(name)) registry.define(name, made);
  const hass = currentHass();
  if (hass) loadTexts(hass);
};

list("customCards", {
  type: CARD,
  name: "Wallbox",
  get description() {
    const hass = currentHass();
    return (hass && text(hass, "card_description")) || "";
  },
  preview: true,
  documentationURL: DOCUMENTATION,
  getEntitySuggestion: (/** @type {Hass} */ hass, /** @type {string} */ entityId) => {
    const entry = hass.entities[entityId];
    if (entry?.platform !== DOMAIN || !entry.device_id || !SUGGESTED.includes(entry.translation_key ?? "")) return null;
    return { config: { type: `custom:${CARD}`, device: entry.device_id } };
  },
});
list("customStrategies", {
  type: STRATEGY,
  strategyType: "dashboard",
  name: "Wallbox",
  get description() {
    const hass = currentHass();
    return (hass && text(hass, "dashboard_description")) || "";
  },
  documentationURL: DOCUMENTATION,
});
define();
