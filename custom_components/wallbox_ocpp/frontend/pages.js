// The pages about sessions, for Home Assistant; what is on them is loaded when one is looked at.

import { element, loaded } from "./dom.js";

class Page extends HTMLElement {
  /** @type {() => Promise<any>} */
  #load;
  /** @type {any} */
  #content;
  /** @type {unknown} */
  #config = {};
  /** @type {Hass | undefined} */
  #hass;

  /** @param {() => Promise<any>} load What makes the content */
  constructor(load) {
    super();
    this.#load = load;
  }

  connectedCallback() {
    this.style.display = "contents";
    if (!this.firstChild) this.#fill().catch((error) => this.append(element("ha-card", { text: `Wallbox: ${error}` })));
  }

  /** @param {unknown} config */
  setConfig(config) {
    this.#config = config;
    this.#content?.setConfig(config);
  }

  /** @param {Hass} hass */
  set hass(hass) {
    this.#hass = hass;
    if (this.#content) this.#content.hass = hass;
  }

  getCardSize() {
    return 12;
  }

  getGridOptions() {
    return { columns: "full", rows: "auto" };
  }

  async #fill() {
    const content = await this.#load();
    content.setConfig(this.#config);
    if (this.#hass) content.hass = this.#hass;
    this.#content = content;
    this.replaceChildren(content);
  }
}

export class History extends Page {
  constructor() {
    super(() => loaded("wallbox-ocpp-sessions-page", async () => (await import("./history.js")).SessionsHistory));
  }
}

export class Statement extends Page {
  constructor() {
    super(() => loaded("wallbox-ocpp-statement-page", async () => (await import("./statement.js")).Statement));
  }
}
