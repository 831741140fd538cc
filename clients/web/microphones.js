/** What to tell a person whose microphone does not work. */

import { MicrophoneError } from './audio/microphone.js';
import { notify, settle } from './notices.js';

/** @param {unknown} error @param {() => void} retry */
export function tellTrouble(error, retry) {
  if (!(error instanceof MicrophoneError)) throw error;
  const actions = error.trouble === 'insecure' ? [] : [{ text: 'page.retry', act: retry }];
  notify('microphone', { text: `notice.mic-${error.trouble}`, values: { host: location.host }, tone: 'warning', actions });
}

/** @param {() => void} retry */
export function tellLost(retry) {
  notify('microphone', { text: 'notice.mic-lost', tone: 'warning', actions: [{ text: 'page.retry', act: retry }] });
}

export function microphoneWorks() {
  settle('microphone');
}
