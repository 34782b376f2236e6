/**
 * Small helpers to write elements down. An attribute that is null, undefined or false is left out,
 * true is written as an empty one, and `onclick: f` listens.
 *
 * @typedef {Record<string, any>} Attributes
 * @typedef {Node | string | {element: Node} | null | undefined} Child a part of a figure stands for
 *   its element
 */

let counter = 0;

/**
 * An id that no other element of the page has.
 *
 * @returns {string}
 */
export const uniqueId = () => `cnn-${(counter += 1)}`;

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  assign(element, attributes, children);
  return element;
}

/**
 * The same for SVG.
 *
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} [attributes]
 * @param {...Child} children
 * @returns {SVGElementTagNameMap[Tag]}
 */
export function s(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  assign(element, attributes, children);
  return element;
}

/**
 * @param {Element} element
 * @param {Attributes} attributes
 * @param {Child[]} children
 */
function assign(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  append(element, ...children);
}

/**
 * @param {Element} element
 * @param {...any} children each a Child
 */
export function append(element, ...children) {
  for (const child of children) if (child != null) element.append(child.element ?? child);
}

/**
 * Changes an element's text, touching nothing where it is the same. Its one text node stays: a new
 * one would have to be laid out from scratch.
 *
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  const node = element.firstChild;
  if (!node) element.append(text);
  else if (node.nodeType !== Node.TEXT_NODE || node.nextSibling) element.textContent = text;
  else if (node.nodeValue !== text) node.nodeValue = text;
}

/**
 * @param {Element} element
 * @param {string} name of a CSS variable
 * @param {number} value
 */
export const setVariable = (element, name, value) =>
  /** @type {HTMLElement} */ (element).style.setProperty(name, String(value));

/** Paths in a 16×16 box, drawn with a round pen. */
const icons = {
  play: "M5 3.2v9.6l7.6-4.8z",
  pause: "M5 3.5v9M11 3.5v9",
  back: "M12 3.5v9L5.5 8zM4 3.5v9",
  forward: "M4 3.5v9L10.5 8zM12 3.5v9",
  reset: "M3.5 8a4.5 4.5 0 1 0 1.4-3.3M3.2 2.6v2.9h2.9",
  shuffle:
    "M2 4.5h2.5c3 0 3.5 7 6.5 7h2.5M2 11.5h2.5c3 0 3.5-7 6.5-7h2.5M11.7 2.7l1.8 1.8-1.8 1.8M11.7 9.7l1.8 1.8-1.8 1.8",
  copy: "M6 5.5h7v8H6zM10 5.5v-3H3v8h3",
  check: "M3 8.5l3.2 3.2L13 4.8",
  remove: "M4 4l8 8M12 4l-8 8",
};

/** @typedef {keyof typeof icons} IconName */

/**
 * @param {IconName} name
 * @returns {SVGSVGElement}
 */
export const icon = (name) =>
  s(
    "svg",
    { class: "cnn-icon", viewBox: "0 0 16 16", "aria-hidden": "true", focusable: "false" },
    s("path", { d: icons[name] }),
  );

/**
 * Whether the reader asked their system for less motion.
 *
 * @returns {boolean}
 */
export const reducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
