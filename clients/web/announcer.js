/** Tells screen readers what is new: whole sentences, once. What changes while it is said is not told. */

import { the } from './dom.js';

/** Sentences that a reader may still be about to say. */
const MOST = 20;

/** @param {string} text @param {string} [language] */
export function announce(text, language) {
  const region = the('announcer');
  const line = document.createElement('p');
  line.textContent = text;
  line.dir = 'auto';
  if (language) line.lang = language;
  region.append(line);
  while (region.childElementCount > MOST) region.firstElementChild?.remove();
}
