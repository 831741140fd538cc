/** Asks for the server's key. */

import { the } from './dom.js';
import { forgetKey, keepKey, key } from './key.js';
import { say } from './text/strings.js';

/** Ask until somebody gives one that may be sent; the one that was known before is wrong. @returns {Promise<boolean>} false: it was put off */
export function askForKey() {
  const dialog = the('key-dialog');
  const form = the('key-form');
  const value = /** @type {HTMLInputElement} */ (the('key-value'));
  const trouble = the('key-trouble');
  if (!(dialog instanceof HTMLDialogElement)) return Promise.resolve(false);
  trouble.textContent = key() ? say('key.wrong') : '';
  forgetKey();
  value.value = '';
  if (!dialog.open) dialog.showModal();
  return new Promise((resolve) => {
    form.onsubmit = (event) => {
      // A subprotocol is a token of HTTP: anything else would be refused by the browser itself.
      if (!/^[\w.~-]+$/.test(value.value.trim())) {
        event.preventDefault();
        trouble.textContent = say('key.malformed');
        return;
      }
      keepKey(value.value);
    };
    dialog.onclose = () => resolve(key() !== null);
  });
}
