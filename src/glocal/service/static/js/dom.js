/**
 * Build an element. Text is always text, never markup.
 * @param {string} tag name, with classes after dots: "div.card"
 * @param {Record<string, any>} [attributes] on* are listeners; true and false switch an attribute
 * @param {...(Node|string|null|undefined|false)} children
 * @returns {HTMLElement}
 */
export function h(tag, attributes = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name);
  if (classes.length) element.classList.add(...classes);
  fill(element, attributes);
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/**
 * Build an SVG element.
 * @param {string} tag
 * @param {Record<string, any>} [attributes]
 * @param {...Node} children
 * @returns {SVGElement}
 */
export function s(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  fill(element, attributes);
  element.append(...children);
  return element;
}

/**
 * A name of a file, which may go on in another line after or before a sign, rather than anywhere.
 * @param {string} name
 * @returns {(Node|string)[]}
 */
export const breakable = (name) => name.split(/(?<=[_/-])|(?=\.)/).flatMap((part, index) => (index ? [h("wbr"), part] : [part]));

/** @param {string} id */
export const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

const NOTICED_MS = 100; // a new place is read from once the screen reader knows it

/** The dialog above all else, if one is open: what lies outside it is neither reached nor read. */
export const openDialog = () => [...document.querySelectorAll("dialog:modal")].at(-1);

/**
 * Tell a screen reader what happened.
 * @param {string} text
 */
export function say(text) {
  const dialog = openDialog();
  const place = dialog ? dialog.querySelector(":scope > .said") : byId("status");
  if (place) {
    place.textContent = text;
    return;
  }
  const made = h("p.said.visually-hidden", { role: "status", "aria-live": "polite" });
  dialog?.append(made);
  setTimeout(() => { made.textContent ||= text; }, NOTICED_MS); // or what was said since
}

/** Whether the reader asked for no movement. */
export const isStill = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

function fill(element, attributes) {
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(key, String(value));
  }
}
