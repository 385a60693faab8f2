// The dashboard: made anew from the chargers that there are, each time it is opened.

import { Charger, chargers, DOMAIN, nameOf } from "./charger.js";

export const CARD = "wallbox-ocpp-card";
export const HISTORY = "wallbox-ocpp-sessions";
export const STATEMENT = "wallbox-ocpp-statement";

/** What the log of a charger tells of. */
const LOGGED = ["sensor.halo", "event.session", "sensor.offline_protection", "binary_sensor.connection", "lock.access"];
const DRAWN = ["sensor.power", "sensor.status"];
const HOURS = 12;

export class WallboxStrategy extends HTMLElement {
  static getCreateSuggestions() {
    return { title: "Wallbox", icon: "mdi:ev-station" };
  }

  /**
   * Return the dashboard. It depends on what there is, and not on how that is, lest it flicker.
   * @param {unknown} _
   * @param {Hass} hass
   */
  static async generate(_, hass) {
    // Without our words the dashboard is still of use, so it does not wait for ever.
    await Promise.race([
      hass.loadBackendTranslation("common", DOMAIN).then((localize) => (hass = { ...hass, localize })),
      new Promise((resolve) => setTimeout(resolve, 2000)),
    ]).catch(() => undefined);
    const text = (/** @type {string} */ key) => hass.localize(`component.${DOMAIN}.common.ui_${key}`);
    const found = chargers(hass);
    const page = (/** @type {string} */ path, /** @type {string} */ icon, /** @type {string} */ type) => ({
      title: text(`view_${path}`) || path,
      path,
      icon,
      type: "panel",
      cards: [{ type: `custom:${type}` }],
    });
    return {
      views: [
        {
          title: text("view_chargers") || "Wallbox",
          path: "chargers",
          icon: "mdi:ev-station",
          type: "sections",
          max_columns: 3,
          sections: found.length ? found.flatMap((device) => sections(hass, device)) : [nothing(text("no_charger"))],
        },
        page("sessions", "mdi:table-clock", HISTORY),
        page("statement", "mdi:file-document-outline", STATEMENT),
      ],
    };
  }
}

/** @param {string} content */
const nothing = (content) => ({ type: "grid", cards: [{ type: "markdown", content: content || "Wallbox" }] });

/**
 * Return what is shown of a charger: its card, and what has happened.
 * @param {Hass} hass
 * @param {string} device
 */
const sections = (hass, device) => {
  const { ids } = new Charger(hass, device);
  const known = (/** @type {string[]} */ keys) => keys.map((key) => ids[key]).filter((id) => id);
  const past = [];
  if (known(DRAWN).length && hass.config.components.includes("history")) {
    const entities = known(DRAWN).map((entity) => ({ entity, name: { type: "entity" } }));
    past.push({ type: "history-graph", hours_to_show: HOURS, entities });
  }
  if (known(LOGGED).length && hass.config.components.includes("logbook")) {
    past.push({ type: "logbook", hours_to_show: HOURS, target: { entity_id: known(LOGGED) } });
  }
  const wide = past.map((card) => ({ ...card, grid_options: { columns: "full" } }));
  return [
    { type: "grid", cards: [{ type: `custom:${CARD}`, device }] },
    ...(wide.length ? [{ type: "grid", title: nameOf(hass, device), cards: wide }] : []),
  ];
};
