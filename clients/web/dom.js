/** Makes elements. Text goes in as text: nothing here, or anywhere in the client, reads markup. */

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string | number | boolean | EventListener | undefined>} [properties] `class`, attributes, and `onclick` and the like
 * @param {...(Node | string | null | undefined)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else if (typeof value === 'boolean') element.toggleAttribute(name, value);
    else if (value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/**
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 * @returns {T}
 */
export function the(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no element '${id}'.`);
  return /** @type {T} */ (found);
}

const SVG = 'http://www.w3.org/2000/svg';

/** An icon of the page's own set. @param {string} name @returns {SVGElement} */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(SVG, 'use');
  use.setAttribute('href', `#icon-${name}`);
  svg.append(use);
  return svg;
}

/** A text in which commands stand between backticks. They break at their spaces only. @param {string} text @returns {Node[]} */
export function rich(text) {
  return text.split('`').map((part, n) => {
    if (n % 2 === 0) return document.createTextNode(part);
    const words = part.split(' ').flatMap((word, k) => [k ? ' ' : '', make('span', {}, word)]);
    return make('code', {}, ...words);
  });
}

/** Show what was just added at the end, unless somebody has scrolled up to read. @param {HTMLElement} box @param {() => void} change */
export function follow(box, change) {
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
  change();
  if (atEnd) box.scrollTop = box.scrollHeight;
}
