/** The buttons of a room. */

import { icon, make, the } from '../dom.js';
import { notify, settle } from '../notices.js';
import { languageName, say, seconds } from '../text/strings.js';
import { link } from './address.js';
import { offer } from './entry.js';
import { copyLink, showInvitation } from './invitation.js';
import { showPeople } from './people.js';
import { seat } from './seats.js';
import { download } from './service.js';
import { sure } from './sure.js';

/** @typedef {import('./meeting.js').Meeting} Meeting */
/** @typedef {import('./meeting.js').State} State */

const FORMATS = ['txt', 'srt', 'vtt', 'json'];

/** @param {Meeting} meeting @param {() => void} leave */
export function control(meeting, leave) {
  the('mute').addEventListener('click', () => void (meeting.microphone.open ? meeting.mute() : meeting.unmute()));
  the('hears').addEventListener('click', () => meeting.setHears(!meeting.hears));
  the('originals').addEventListener('click', () => {
    const on = the('captions').classList.toggle('originals');
    the('originals').setAttribute('aria-pressed', String(on));
  });
  the('invite').addEventListener('click', () => showInvitation(meeting.invitation));
  the('copy-link').addEventListener('click', () => void copyLink());
  const words = /** @type {HTMLInputElement} */ (the('room-words'));
  the('room-write').addEventListener('submit', (event) => {
    event.preventDefault();
    const text = words.value.trim();
    if (text && meeting.write(text)) words.value = '';
  });
  const language = /** @type {HTMLSelectElement} */ (the('room-language'));
  language.addEventListener('change', () => meeting.setLanguage(language.value));
  the('transcripts').replaceChildren(...FORMATS.map((format) => make('button', { type: 'button', class: 'secondary', onclick: () => void fetchFile(meeting, format) }, format)));
  const lock = /** @type {HTMLInputElement} */ (the('lock'));
  lock.addEventListener('change', () => meeting.asHost('room.lock', { locked: lock.checked }));
  the('host-link').addEventListener('click', () => {
    void navigator.clipboard?.writeText(link(meeting.invitation, seat(meeting.invitation).host)).then(() => (the('host-link').textContent = say('invite.copied')));
  });
  the('close-room').addEventListener('click', () => void closeRoom(meeting));
  the('leave').addEventListener('click', leave);
}

/** @param {Meeting} meeting */
async function closeRoom(meeting) {
  the('room-menu').hidePopover();
  if (await sure('room.close')) meeting.asHost('room.close');
}

/** Tell that it is over, and what can still be done. @param {Meeting} meeting @param {() => void} leave */
export function tellOver(meeting, leave) {
  const actions = [
    { text: 'room.transcript', act: () => void fetchFile(meeting, 'txt') },
    { text: 'room.leave', act: leave },
  ];
  notify('room', { title: `room.closed.${meeting.over}`, text: 'room.over', actions });
}

/** @param {Meeting} meeting @param {string} format */
async function fetchFile(meeting, format) {
  try {
    await download(meeting.invitation, format);
    settle('transcript');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    notify('transcript', { text: 'notice.error', values: { why: say('room.transcript.none', { why }) }, tone: 'trouble', actions: [{ text: 'page.close', act: () => settle('transcript') }] });
  }
}

/** @param {Meeting} meeting */
export function showRoom(meeting) {
  const { room, over, live, hears, people, me, host, lag } = meeting.state;
  if (!room) return;
  the('room').dataset.over = over;
  the('room-title').textContent = room.title === 'Parley' ? say('room.untitled') : room.title;
  the('room-state').textContent = over ? '' : about(room, people.length);
  the('invite').hidden = over !== '' || room.locked;
  the('lag').hidden = lag === null || over !== '';
  the('lag-figure').textContent = lag === null ? '' : seconds(lag);
  showPeople(people, me, host ? (person) => meeting.asHost('room.remove', { person: person.id }) : null);
  the('host-tools').hidden = !host || over !== '';
  /** @type {HTMLInputElement} */ (the('lock')).checked = room.locked;
  const mute = the('mute');
  mute.classList.toggle('off', !live);
  mute.setAttribute('aria-label', say(live ? 'room.mute' : 'room.unmute'));
  mute.title = say(live ? 'room.mute' : 'room.unmute');
  mute.replaceChildren(icon(live ? 'mic' : 'mic-off'));
  the('mute-state').textContent = say(live ? 'room.state.live' : 'room.state.muted');
  the('hears').setAttribute('aria-pressed', String(hears));
  the('hears').firstElementChild?.replaceWith(icon(hears ? 'voice' : 'voice-off'));
  the('captions').lang = meeting.language;
  const language = /** @type {HTMLSelectElement} */ (the('room-language'));
  const known = room.languages.map(({ code }) => languageName(code)).join();
  if (language.dataset.known !== known) offer(language, room.languages, meeting.language);
  language.dataset.known = known;
}

/** @param {import('./wire.js').Room} room @param {number} count */
function about(room, count) {
  const time = new Date(1000 * room.expires_at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  const parts = [count > 1 ? say('room.here', { count }) : say('room.alone'), say('room.until', { time })];
  if (room.locked) parts.push(say('room.locked'));
  return parts.join(' · ');
}
