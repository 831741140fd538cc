/** Starts the page: which view is shown, and in which language. */

import { Assistant } from './assistant/assistant.js';
import { control, offerExamples, showState } from './assistant/controls.js';
import { the } from './dom.js';
import { Rooms } from './room/rooms.js';
import { fillStrings, interfaceLanguage, say, speakInterface } from './text/strings.js';

const assistant = new Assistant((state) => showState(state, assistant.held > 0));
const rooms = new Rooms();

function show() {
  const room = /^#(room=|translate)/.test(location.hash);
  the('assistant').hidden = room;
  the('rooms').hidden = !room;
  mark('to-assistant', !room);
  mark('to-rooms', room);
  document.title = `${say(room ? 'page.rooms' : 'page.assistant')} · Parley`;
  if (room) {
    void assistant.leave();
    void rooms.enter();
  } else rooms.pause();
}

/** @param {string} link @param {boolean} here */
function mark(link, here) {
  if (here) the(link).setAttribute('aria-current', 'page');
  else the(link).removeAttribute('aria-current');
}

function speak() {
  fillStrings();
  offerExamples(assistant);
  showState(assistant.state, assistant.held > 0);
  rooms.speak();
}

const tongue = /** @type {HTMLSelectElement} */ (the('tongue'));
tongue.value = interfaceLanguage();
tongue.addEventListener('change', () => {
  speakInterface(tongue.value);
  speak();
});
the('skip').addEventListener('click', (event) => {
  event.preventDefault(); // the fragment says which view is shown
  the('main').focus();
});
control(assistant);
speak();
addEventListener('hashchange', show);
show();
