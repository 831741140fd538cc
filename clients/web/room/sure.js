/** Asks before something that cannot be taken back. */

import { the } from '../dom.js';
import { say } from '../text/strings.js';

/** @param {string} matter the beginning of the strings' names @returns {Promise<boolean>} */
export function sure(matter) {
  const dialog = /** @type {HTMLDialogElement} */ (the('sure'));
  the('sure-title').textContent = say(`${matter}.title`);
  the('sure-text').textContent = say(`${matter}.text`);
  the('sure-yes').textContent = say(`${matter}.yes`);
  dialog.returnValue = 'no';
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.onclose = () => resolve(dialog.returnValue === 'yes');
  });
}
