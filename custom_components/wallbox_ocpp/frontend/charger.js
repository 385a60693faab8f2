// What Home Assistant knows of a charger: its device, its entities, and what is wrong with them.

export const DOMAIN = "wallbox_ocpp";

/** Without these, something is missing on the card. The others are not there for every charger. */
const EXPECTED = [
  "sensor.status",
  "sensor.halo",
  "sensor.power",
  "sensor.session_energy",
  "sensor.why_not_charging",
  "sensor.offline_protection",
  "switch.charging",
  "number.current_limit",
];
const NOTHING = ["unknown", "unavailable"];
/** Statuses with a car at the charger. */
const PLUGGED_IN = ["preparing", "charging", "suspended_ev", "suspended_evse", "finishing"];

/**
 * Return the devices that are chargers, by their names.
 * @param {Hass} hass
 * @returns {string[]}
 */
export const chargers = (hass) => {
  const found = new Set();
  for (const entry of Object.values(hass.entities)) {
    if (entry.platform === DOMAIN && entry.device_id && hass.devices[entry.device_id]) found.add(entry.device_id);
  }
  return [...found].sort((one, other) => nameOf(hass, one).localeCompare(nameOf(hass, other)));
};

/**
 * Return the name of a device.
 * @param {Hass} hass
 * @param {string} device
 */
export const nameOf = (hass, device) => {
  const known = hass.devices[device];
  return known?.name_by_user || known?.name || "Wallbox";
};

/**
 * One charger, as Home Assistant shows it to a person.
 *
 * Entities are found by what they are (such as `sensor.power`), whatever they are called.
 */
export class Charger {
  /**
   * @param {Hass} hass
   * @param {string} device
   */
  constructor(hass, device) {
    this.hass = hass;
    this.device = device;
    /** @type {Record<string, string>} Entity ids by what they are. */
    this.ids = {};
    for (const entry of Object.values(hass.entities)) {
      if (entry.platform !== DOMAIN || entry.device_id !== device) continue;
      this.ids[`${entry.entity_id.split(".")[0]}.${entry.translation_key}`] = entry.entity_id;
    }
  }

  /**
   * Return the state of an entity, by what it is.
   * @param {string} key
   * @returns {HassEntity | undefined}
   */
  state(key) {
    return this.hass.states[this.ids[key]];
  }

  /**
   * Return the word in the state of an entity; nothing if there is none.
   * @param {string} key
   * @returns {string | undefined}
   */
  value(key) {
    const state = this.state(key);
    return state && !NOTHING.includes(state.state) ? state.state : undefined;
  }

  /**
   * Return the state of an entity as people read it; nothing if there is none.
   * @param {string} key
   * @returns {string}
   */
  formatted(key) {
    const state = this.state(key);
    return state && this.value(key) !== undefined ? this.hass.formatEntityState(state) : "";
  }

  /** All that there is to see, to compare. */
  get seen() {
    return Object.values(this.ids).map((id) => this.hass.states[id]);
  }

  /**
   * Return the key of the text that says why nothing of it can be shown; nothing if something can.
   * @returns {string | undefined}
   */
  get problem() {
    if (!this.device) return "choose_charger";
    if (!this.hass.devices[this.device]) return "charger_gone";
    const entities = Object.values(this.ids);
    if (!entities.length) return "no_entities";
    const states = entities.map((id) => this.hass.states[id]).filter((state) => state);
    if (!states.length) return "not_allowed";
    if (states.every((state) => state.attributes.restored)) return "not_running";
    return undefined;
  }

  /** The names of the entities that are missing, most likely because they are disabled. */
  get missing() {
    return EXPECTED.filter((key) => !this.ids[key] && !(key === "sensor.halo" && this.isForeign)).map((key) =>
      this.hass.localize(`component.${DOMAIN}.entity.${key}.name`),
    );
  }

  /** Whether it is of another make, which has no ring. */
  get isForeign() {
    const maker = this.hass.devices[this.device]?.manufacturer;
    return !!maker && maker !== "Wallbox";
  }

  get connected() {
    return this.value("sensor.why_not_charging") !== "no_connection";
  }

  get pluggedIn() {
    return PLUGGED_IN.includes(this.value("sensor.status") ?? "");
  }

  /** Whether its owner lets it charge; nothing if that cannot be seen. */
  get wanted() {
    const wish = this.value("switch.charging");
    return wish && wish === "on";
  }

  /** Whether there may be a plan for the hours to come. Where the mode cannot be seen, only the charger knows. */
  get planned() {
    const mode = this.value("select.mode");
    return mode !== "off" && (mode !== "now" || Number(this.value("number.energy_target")) > 0);
  }
}
