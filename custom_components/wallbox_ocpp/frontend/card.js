// The card of one charger: its ring, why it does what it does, and what its owner can do about it.

import { Charger, chargers, DOMAIN, nameOf } from "./charger.js";
import { CHOICES, drawChoices } from "./choices.js";
import { element, loaded, setAttribute, setText, showMore } from "./dom.js";
import { STYLE } from "./style.js";
import { currentHass, loadTexts, text } from "./texts.js";
import { isLocked, lockIcon, middleOf, ringOf, shieldOf, whyOf } from "./view.js";

const SVG = `<svg viewBox="0 0 100 100" aria-hidden="true"><circle class="track" cx="50" cy="50" r="45"/><circle class="light" cx="50" cy="50" r="45"/></svg>`;
const PAGE = `
<div class="whole" role="group">
  <div class="name" role="heading" aria-level="2"></div>
  <button class="ring">${SVG}<span class="middle"><ha-icon></ha-icon><bdi class="big"></bdi><bdi class="small"></bdi></span></button>
  <p class="why" role="status"></p>
  <div class="wish">
    ${CHOICES}
    <div class="plan"></div>
  </div>
  <div class="limit"><label for="amps"></label><output for="amps"><bdi></bdi></output><input id="amps" type="range"></div>
  <div class="actions">
    <button class="action pause"><ha-icon></ha-icon><span></span></button>
    <button class="action once"><ha-icon icon="mdi:account-check-outline"></ha-icon><span></span></button>
  </div>
  <div class="chips">
    <button class="chip shield"><ha-icon></ha-icon><span></span></button>
    <button class="chip lock"><ha-icon></ha-icon><span></span></button>
  </div>
  <p class="note"></p>
  <p class="error" role="alert"></p>
</div>
<div class="problem" role="status" hidden><ha-icon icon="mdi:alert-outline"></ha-icon><p></p></div>`;

export class WallboxCard extends HTMLElement {
  /** @type {CardConfig | undefined} */
  #config;
  /** @type {Hass | undefined} */
  #hass;
  /** @type {Charger | undefined} */
  #charger;
  /** @type {unknown[]} What was seen when it was drawn last: states are replaced, never changed. */
  #drawn = [];
  /** @type {number | undefined} The limit that was chosen, until Home Assistant has it. */
  #chosen;
  /** @type {any} What shows the plan, once its module is loaded. */
  #plan;
  /** @type {ShadowRoot} */
  #root;

  constructor() {
    super();
    this.#root = this.attachShadow({ mode: "open" });
  }

  // What Home Assistant asks of a card

  /** @param {Hass} hass */
  static getStubConfig(hass) {
    return { device: chargers(hass)[0] ?? "", layout: "large" };
  }

  static getConfigForm() {
    const hass = currentHass();
    const label = (/** @type {string} */ key) => (hass && text(hass, key)) || key;
    return {
      schema: [
        { name: "device", required: true, selector: { device: { integration: DOMAIN } } },
        {
          name: "layout",
          selector: {
            select: {
              mode: "box",
              options: ["large", "compact"].map((value) => ({ value, label: label(`layout_${value}`) })),
            },
          },
        },
        { name: "name", selector: { text: {} } },
      ],
      computeLabel: (/** @type {FormSchema} */ { name }) => label(`config_${name}`),
      computeHelper: (/** @type {FormSchema} */ { name }) => (name === "name" ? label("config_name_help") : undefined),
      assertConfig: check,
    };
  }

  /** @param {CardConfig} config */
  setConfig(config) {
    check(config);
    this.#config = config;
    this.#charger = undefined;
    this.#drawn = [];
    this.#update();
  }

  /** @param {Hass} hass */
  set hass(hass) {
    if (this.#hass?.entities !== hass.entities) this.#charger = undefined;
    this.#hass = hass;
    this.#update();
  }

  getCardSize() {
    return this.#config?.layout === "compact" ? 3 : 8;
  }

  getGridOptions() {
    return this.#config?.layout === "compact"
      ? { columns: 12, rows: "auto", min_columns: 6 }
      : { columns: 12, rows: "auto", min_columns: 6, min_rows: 5 };
  }

  // Drawing

  #update() {
    const hass = this.#hass;
    if (!hass || !this.#config) return;
    loadTexts(hass);
    this.#charger ??= new Charger(hass, this.#config.device ?? "");
    this.#charger.hass = hass;
    const now = [this.#config, hass.localize, hass.devices, hass.entities, ...this.#charger.seen];
    if (now.length === this.#drawn.length && now.every((value, at) => value === this.#drawn[at])) return;
    this.#drawn = now;
    try {
      this.#draw(this.#charger, this.#config);
    } catch (error) {
      // A browser or a Home Assistant that lacks something: better said than an empty box.
      this.#root.replaceChildren(element("ha-card", { text: `Wallbox: ${error}` }));
    }
  }

  /**
   * @param {Charger} charger
   * @param {CardConfig} config
   */
  #draw(charger, config) {
    if (!this.#root.querySelector(".whole")) this.#build();
    const { hass, problem } = charger;
    setAttribute(this.#$(".whole"), "hidden", problem);
    setAttribute(this.#$(".problem"), "hidden", !problem);
    const card = this.#$("ha-card");
    if (problem) {
      card.className = "";
      setText(this.#$(".problem p"), text(hass, problem));
      return;
    }
    const ring = ringOf(charger);
    card.className = [config.layout === "compact" ? "compact" : "large", ring.colour, ring.pattern].join(" ");
    const name = config.name || nameOf(hass, charger.device);
    setAttribute(this.#$(".whole"), "aria-label", name);
    setText(this.#$(".name"), name);
    this.#drawMiddle(charger);
    setText(this.#$(".why"), whyOf(charger));
    this.#drawShield(charger);
    this.#drawLock(charger);
    drawChoices(this.#$(".choices"), charger);
    this.#drawPlan(charger, config);
    this.#drawLimit(charger);
    this.#drawActions(charger);
    const { missing } = charger;
    setText(this.#$(".note"), missing.length ? text(hass, "missing", { entities: missing.join(", ") }) : "");
    setAttribute(this.#$(".note"), "hidden", !missing.length);
  }

  /** @param {Charger} charger */
  #drawMiddle(charger) {
    const { icon, big, small, isWord } = middleOf(charger);
    setAttribute(this.#$(".middle ha-icon"), "icon", icon);
    setAttribute(this.#$(".middle ha-icon"), "hidden", !icon);
    this.#$(".middle").classList.toggle("iconic", !!icon);
    this.#$(".big").classList.toggle("word", isWord);
    setText(this.#$(".big"), big);
    setText(this.#$(".small"), small);
    const halo = charger.state("sensor.halo");
    const title = halo ? charger.hass.formatEntityName(halo, { type: "entity" }) : "";
    const says = [title && `${title}: ${charger.formatted("sensor.halo")}`, big, small];
    setAttribute(this.#$(".ring"), "aria-label", says.filter((part) => part).join(", "));
  }

  /** @param {Charger} charger */
  #drawShield(charger) {
    const shield = charger.state("sensor.offline_protection");
    this.#drawChip(".shield", charger, shield, ...shieldOf(shield?.state ?? ""));
  }

  /** @param {Charger} charger */
  #drawLock(charger) {
    // Without the offline fix, nobody knows how the lock is.
    const lock = charger.value("lock.access") ? charger.state("lock.access") : undefined;
    this.#drawChip(".lock", charger, lock, lockIcon(lock?.state ?? ""), "");
    setAttribute(this.#$(".lock"), "aria-pressed", lock ? String(isLocked(lock)) : null);
  }

  /**
   * @param {string} selector
   * @param {Charger} charger
   * @param {HassEntity | undefined} state
   * @param {string} icon
   * @param {string} tone
   */
  #drawChip(selector, charger, state, icon, tone) {
    const chip = this.#$(selector);
    setAttribute(chip, "hidden", !state);
    if (!state) return;
    const name = charger.hass.formatEntityName(state, { type: "entity" });
    const value = charger.hass.formatEntityState(state);
    for (const one of ["good", "warn", "bad"]) chip.classList.toggle(one, one === tone);
    setAttribute(chip, "aria-label", `${name}: ${value}`);
    setAttribute(chip, "title", `${name}: ${value}`);
    setAttribute(this.#$(`${selector} ha-icon`), "icon", icon);
    setText(this.#$(`${selector} span`), value);
  }

  /**
   * @param {Charger} charger
   * @param {CardConfig} config
   */
  async #drawPlan(charger, config) {
    setAttribute(this.#$(".plan"), "hidden", !charger.planned);
    if (!charger.planned) return;
    if (this.#plan === undefined) {
      this.#plan = null;
      const loading = loaded("wallbox-ocpp-plan", async () => (await import("./plan.js")).Plan);
      this.#plan = await loading.catch((error) => element("p", { class: "note", text: String(error) }));
    }
    if (!this.#plan || !this.#charger) return;
    if (!this.#plan.isConnected) this.#$(".plan").replaceChildren(this.#plan);
    setAttribute(this.#plan, "compact", config.layout === "compact");
    this.#plan.charger = this.#charger;
  }

  /** @param {Charger} charger */
  #drawLimit(charger) {
    const limit = charger.state("number.current_limit");
    setAttribute(this.#$(".limit"), "hidden", !limit);
    if (!limit) return;
    const input = /** @type {HTMLInputElement} */ (this.#$("#amps"));
    if (Number(limit.state) === this.#chosen) this.#chosen = undefined;
    setText(this.#$(".limit label"), charger.hass.formatEntityName(limit, { type: "entity" }));
    input.disabled = charger.value("number.current_limit") === undefined;
    // It must not run away from the finger that moves it.
    if (this.#chosen === undefined) {
      for (const name of ["min", "max", "step"]) setAttribute(input, name, limit.attributes[name]);
      input.value = limit.state;
    }
    this.#drawAmps();
  }

  #drawAmps() {
    const limit = this.#charger?.state("number.current_limit");
    if (!limit) return;
    const amps = this.#charger?.hass.formatEntityState(limit, String(this.#chosen ?? limit.state)) ?? "";
    setText(this.#$(".limit bdi"), amps);
    setAttribute(this.#$("#amps"), "aria-valuetext", amps);
  }

  /** @param {Charger} charger */
  #drawActions(charger) {
    const { hass, wanted } = charger;
    const pause = this.#$(".pause");
    const sensible = charger.pluggedIn || wanted === false || !charger.connected;
    setAttribute(pause, "hidden", wanted === undefined || !sensible);
    setAttribute(this.#$(".pause ha-icon"), "icon", wanted ? "mdi:pause" : "mdi:play");
    setText(this.#$(".pause span"), text(hass, wanted ? "pause" : "resume"));
    const once = this.#$(".once");
    const button = charger.state("button.allow_once");
    setAttribute(once, "hidden", !button || charger.value("sensor.why_not_charging") !== "locked");
    setText(this.#$(".once span"), button ? hass.formatEntityName(button, { type: "entity" }) : "");
    setAttribute(this.#$(".actions"), "hidden", pause.hidden && once.hidden);
  }

  #build() {
    const card = element("ha-card");
    card.innerHTML = PAGE;
    this.#root.replaceChildren(element("style", { text: STYLE }), card);
    const ids = (/** @type {string} */ key) => this.#charger?.ids[key];
    this.#$(".ring").addEventListener("click", () => showMore(this, ids("sensor.halo") ?? ids("sensor.status")));
    this.#$(".shield").addEventListener("click", () => showMore(this, ids("sensor.offline_protection")));
    this.#$(".pause").addEventListener("click", () => this.#togglePause());
    this.#$(".once").addEventListener("click", () => this.#act(".once", "button.press", "button.allow_once"));
    this.#$(".lock").addEventListener("click", () => this.#toggleLock());
    this.#$(".target").addEventListener("click", () => showMore(this, ids("number.energy_target")));
    this.#$(".ready").addEventListener("click", () => showMore(this, ids("time.ready_by")));
    this.#$(".mode select").addEventListener("change", (event) => this.#setMode(/** @type {any} */ (event.target).value));
    const input = /** @type {HTMLInputElement} */ (this.#$("#amps"));
    input.addEventListener("input", () => {
      this.#chosen = Number(input.value);
      this.#drawAmps();
    });
    input.addEventListener("change", () => this.#setLimit(Number(input.value)));
  }

  /**
   * @param {string} selector
   * @returns {HTMLElement}
   */
  #$(selector) {
    return /** @type {HTMLElement} */ (this.#root.querySelector(selector));
  }

  // What a person does

  #togglePause() {
    return this.#act(".pause", this.#charger?.wanted ? "switch.turn_off" : "switch.turn_on", "switch.charging");
  }

  #toggleLock() {
    const lock = this.#charger?.state("lock.access");
    if (!lock) return;
    if (lock.state === "jammed") showMore(this, lock.entity_id);
    else this.#act(".lock", isLocked(lock) ? "lock.unlock" : "lock.lock", "lock.access");
  }

  /** @param {string} option */
  async #setMode(option) {
    await this.#act("", "select.select_option", "select.mode", { option });
    // If it has failed, it is what it was.
    if (this.#charger) drawChoices(this.#$(".choices"), this.#charger);
  }

  /** @param {number} amps */
  async #setLimit(amps) {
    this.#chosen = amps;
    await this.#act("", "number.set_value", "number.current_limit", { value: amps });
    // Whatever has become of it: what Home Assistant has is shown from now on.
    if (this.#chosen === amps) this.#chosen = undefined;
    if (this.#charger) this.#drawLimit(this.#charger);
  }

  /**
   * Perform an action, and say so if it fails.
   * @param {string} selector Of the button that is busy meanwhile; nothing for the slider
   * @param {string} action
   * @param {string} key Of the entity
   * @param {Record<string, unknown>} [data]
   */
  async #act(selector, action, key, data = {}) {
    const [domain, service] = action.split(".");
    const button = selector ? this.#$(selector) : element("button");
    // A charger takes its time to answer; until then, the opposite may be asked of it.
    if (button.dataset.asked === action) return;
    button.dataset.asked = action;
    // It is not disabled, for then it would lose the focus of the keyboard.
    button.ariaBusy = "true";
    setText(this.#$(".error"), "");
    let problem = "";
    try {
      await this.#hass?.callService(domain, service, data, { entity_id: this.#charger?.ids[key] }, false);
    } catch (error) {
      problem = failure(this.#hass, error);
    }
    if (button.dataset.asked !== action) return;
    delete button.dataset.asked;
    button.ariaBusy = null;
    setText(this.#$(".error"), problem);
  }
}

/**
 * Throw what is wrong with the configuration of a card, if anything is.
 * @param {CardConfig} config
 */
const check = (config) => {
  if (config.device && typeof config.device !== "string") throw new Error("device: not the id of a device");
  if (config.layout && !["large", "compact"].includes(config.layout)) throw new Error("layout: large or compact");
};

/**
 * Return in words why an action has failed.
 * @param {Hass | undefined} hass
 * @param {any} error
 */
const failure = (hass, error) => {
  // An action that is not allowed fails like any other; only its message, which is never translated, says why.
  if (error?.message === "Unauthorized" && hass) return text(hass, "may_not");
  return error?.message || String(error);
};
