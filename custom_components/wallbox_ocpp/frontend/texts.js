// The words of our own, which are among the translations of the integration: the keys that begin with ui_.

import { DOMAIN } from "./charger.js";

let language = "";

/** @returns {Hass | undefined} The one of this page. */
export const currentHass = () => /** @type {any} */ (document.querySelector("home-assistant"))?.hass;

/**
 * Have the texts loaded; Home Assistant hands over a new `hass` once they are there.
 * @param {Hass} hass
 */
export const loadTexts = (hass) => {
  if (language === hass.language) return;
  language = hass.language;
  // Home Assistant has the states of our entities only if it knew the integration when the page was loaded.
  const loading = ["common", "entity"].map((category) => hass.loadBackendTranslation(category, DOMAIN));
  Promise.all(loading).catch(() => {
    language = "";
  });
};

/**
 * Return a text in the language of the person; nothing until it is loaded.
 * @param {Hass} hass
 * @param {string} key
 * @param {Record<string, unknown>} [values] What is in its braces
 */
export const text = (hass, key, values) => hass.localize(`component.${DOMAIN}.common.ui_${key}`, values);
