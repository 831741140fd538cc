/** What to tell a person about the connection, the same in both views. */

import { askForKey } from './keyform.js';
import { notify, settle } from './notices.js';

/** @typedef {import('./door.js').Answer} Answer */

/** @param {Answer} why @param {() => void} now tries at once */
export function tellWaiting(why, now) {
  const text = why === 'busy' || why === 'starting' ? `notice.${why}` : 'notice.away';
  notify('connection', { text, tone: 'warning', actions: [{ text: 'page.now', act: now }] });
}

/**
 * Tell that it is gone for good, or, if a key is all that is missing, ask for it.
 * @param {Answer | 'ended'} why
 * @param {() => void} again
 */
export async function tellOver(why, again) {
  if (why === 'key') {
    settle('connection');
    if (await askForKey()) again();
    return;
  }
  const text = why === 'forbidden' ? 'notice.forbidden' : 'notice.ended';
  const actions = why === 'forbidden' ? [] : [{ text: 'page.retry', act: again }];
  notify('connection', { text, values: { host: location.hostname }, tone: why === 'forbidden' ? 'trouble' : 'calm', actions });
}

export function connected() {
  settle('connection');
}
