// Making elements, without a library.

/**
 * Return a new element.
 * @param {string} tag
 * @param {Record<string, unknown>} [properties] `class`, `text`, `on…` for a listener, otherwise an attribute; none for
 *   null and false
 * @param {...(Node | string)} children
 * @returns {HTMLElement}
 */
export const element = (tag, properties = {}, ...children) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "text") made.textContent = String(value);
    else if (name.startsWith("on")) made.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else setAttribute(made, name, value);
  }
  made.append(...children);
  return made;
};

/**
 * Give an element an attribute, or take it away. What stays the same is not written again.
 * @param {Element} target
 * @param {string} name
 * @param {unknown} value None for null, undefined and false
 */
export const setAttribute = (target, name, value) => {
  if (value === null || value === undefined || value === false) target.removeAttribute(name);
  else if (target.getAttribute(name) !== String(value)) target.setAttribute(name, value === true ? "" : String(value));
};

/**
 * Give an element a text. One that stays the same is not written again, lest it be read aloud.
 * @param {Element} target
 * @param {string} text
 */
export const setText = (target, text) => {
  if (target.textContent !== text) target.textContent = text;
};

/**
 * Return a new element whose module is loaded now, if it was not before: not everybody needs it.
 * @param {string} tag
 * @param {() => Promise<CustomElementConstructor>} load
 * @returns {Promise<any>}
 */
export const loaded = async (tag, load) => {
  const made = await load();
  if (!customElements.get(tag)) customElements.define(tag, made);
  return document.createElement(tag);
};

/**
 * Open the dialog with all about an entity.
 * @param {Element} target
 * @param {string | undefined} entityId
 */
export const showMore = (target, entityId) => {
  if (!entityId) return;
  const detail = { entityId };
  target.dispatchEvent(new CustomEvent("hass-more-info", { bubbles: true, composed: true, detail }));
};
