/** The assistant's buttons and fields. */

import { icon, make, the } from '../dom.js';
import { possible } from '../audio/sound.js';
import { say } from '../text/strings.js';

/** @typedef {import('./assistant.js').Assistant} Assistant */
/** @typedef {import('./assistant.js').State} State */

/** @param {Assistant} assistant */
export function control(assistant) {
  const talk = the('talk');
  talk.addEventListener('click', () => {
    if (assistant.handsFree) void (assistant.microphone.open ? assistant.deafen() : assistant.listen());
  });
  hold(talk, assistant);
  the('stop').addEventListener('click', () => assistant.interrupt());
  the('voice').addEventListener('click', () => assistant.setVoice(!assistant.voice));
  for (const choice of document.querySelectorAll('input[name="mode"]')) {
    choice.addEventListener('change', () => assistant.setMode(/** @type {HTMLInputElement} */ (choice).value === 'free'));
  }
  const words = /** @type {HTMLInputElement} */ (the('words'));
  the('write').addEventListener('submit', (event) => {
    event.preventDefault();
    const text = words.value.trim();
    words.value = '';
    if (text) void assistant.write(text);
  });
  addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !the('assistant').hidden) assistant.interrupt();
  });
}

/** Talking lasts as long as the press, by pointer or by key. @param {HTMLElement} talk @param {Assistant} assistant */
function hold(talk, assistant) {
  const press = () => void (assistant.handsFree || assistant.press());
  const release = () => assistant.release();
  talk.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || assistant.handsFree) return;
    talk.setPointerCapture(event.pointerId);
    press();
  });
  for (const name of ['pointerup', 'pointercancel', 'blur']) talk.addEventListener(name, release);
  talk.addEventListener('contextmenu', (event) => event.preventDefault());
  talk.addEventListener('keydown', (event) => {
    if (!event.repeat && (event.key === ' ' || event.key === 'Enter')) press();
  });
  talk.addEventListener('keyup', release);
}

/** @param {Assistant} assistant */
export function offerExamples(assistant) {
  const buttons = [1, 2, 3].map((n) => {
    const text = say(`assistant.example.${n}`);
    return make('li', {}, make('button', { type: 'button', lang: 'en', onclick: () => void assistant.write(text) }, text));
  });
  the('examples').replaceChildren(...buttons);
}

/** @param {State} state @param {boolean} held */
export function showState(state, held) {
  const talk = the('talk');
  const name = !state.handsFree ? 'assistant.talk.hold' : state.listening ? 'assistant.talk.stop' : 'assistant.talk';
  talk.setAttribute('aria-label', say(name));
  talk.title = say(name);
  talk.classList.toggle('listening', state.listening);
  talk.classList.toggle('held', held);
  const stop = /** @type {HTMLButtonElement} */ (the('stop'));
  stop.disabled = !state.speaking && !state.answering;
  const voice = /** @type {HTMLButtonElement} */ (the('voice'));
  voice.disabled = !possible();
  voice.setAttribute('aria-pressed', String(state.voice));
  voice.replaceChildren(icon(state.voice ? 'voice' : 'voice-off'));
  the('assistant-state').textContent = say(`assistant.state.${stage(state, held)}`);
}

/** @param {State} state @param {boolean} held */
function stage(state, held) {
  if (state.connection === 'waiting') return 'gone';
  if (state.connection === 'connecting') return 'connecting';
  if (state.hearing || held) return 'hearing';
  if (state.speaking) return state.listening && state.handsFree ? 'speaking' : 'speaking.deaf';
  if (state.answering) return state.voice ? 'thinking' : 'writing';
  if (!state.handsFree) return 'hold';
  return state.listening ? 'listening' : 'idle';
}
