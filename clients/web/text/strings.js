/** What the interface says, in the language that the person reads. */

import { english } from './english.js';
import { spanish } from './spanish.js';

/** @typedef {'en' | 'es'} Tongue */

const PLACE = 'parley.interface';

/** @type {Record<Tongue, Record<string, string>>} */
const STRINGS = { en: english, es: spanish };

/** @type {Tongue} */
let tongue = chosen();

export function interfaceLanguage() {
  return tongue;
}

/** @param {string} wanted */
export function speakInterface(wanted) {
  tongue = wanted === 'es' ? 'es' : 'en';
  localStorage.setItem(PLACE, tongue);
}

/** @param {string} name @param {Record<string, string | number>} [values] which stand in it in braces */
export function say(name, values = {}) {
  const text = STRINGS[tongue][name] ?? english[name];
  if (text === undefined) throw new Error(`There is no string '${name}'.`);
  return text.replace(/\{(\w+)\}/g, (_, value) => String(values[value] ?? ''));
}

/** Seconds as people write them here. @param {number} value @param {number} [digits] */
export function seconds(value, digits = 1) {
  return `${value.toLocaleString(tongue, { minimumFractionDigits: digits, maximumFractionDigits: digits })} s`;
}

/** The name of a language, as it is called here. @param {string} code */
export function languageName(code) {
  try {
    const name = new Intl.DisplayNames([tongue], { type: 'language' }).of(code) ?? code;
    return name.charAt(0).toLocaleUpperCase(tongue) + name.slice(1);
  } catch {
    return code;
  }
}

/** Put the strings into all elements that name one. @param {ParentNode} root */
export function fillStrings(root = document) {
  document.documentElement.lang = tongue;
  for (const [attribute, put] of PUT) {
    for (const element of root.querySelectorAll(`[${attribute}]`)) put(element, say(element.getAttribute(attribute) ?? ''));
  }
}

/** @type {[string, (element: Element, text: string) => void][]} */
const PUT = [
  ['data-say', (element, text) => (element.textContent = text)],
  ['data-say-label', (element, text) => element.setAttribute('aria-label', text)],
  ['data-say-title', (element, text) => element.setAttribute('title', text)],
  ['data-say-placeholder', (element, text) => element.setAttribute('placeholder', text)],
];

/** @returns {Tongue} */
function chosen() {
  const kept = localStorage.getItem(PLACE);
  if (kept === 'en' || kept === 'es') return kept;
  return navigator.languages.find((each) => /^(en|es)\b/.test(each))?.startsWith('es') ? 'es' : 'en';
}
