/** The door of a room: who one is, and which room. */

import { possible, running } from '../audio/sound.js';
import { make, rich, the } from '../dom.js';
import { askForKey } from '../keyform.js';
import { languageName, say } from '../text/strings.js';
import { pasted } from './address.js';
import { habits, keepSeat } from './seats.js';
import { Refused, languages, look, openRoom, readable } from './service.js';

/** @typedef {(invitation: string, who: { name: string, language: string }, speaks: boolean) => Promise<void>} Enter */

/** @type {Record<number, string>} */
const TROUBLES = { 0: 'door.away', 403: 'door.forbidden', 404: 'door.unknown-room', 410: 'door.closed-room' };

export class Entry {
  /** @param {Enter} enter is called while a press is handled */
  constructor(enter) {
    this.enter = enter;
    this.invitation = '';
    this.called = '';
    this.trouble = /** @type {{ text: string, values?: Record<string, string> } | null} */ (null);
    /** @type {import('./service.js').Language[]} */
    this.languages = [];
    this.name = /** @type {HTMLInputElement} */ (the('door-name'));
    this.language = /** @type {HTMLSelectElement} */ (the('door-language'));
    the('door-form').addEventListener('submit', (event) => {
      event.preventDefault();
      void this.go(true);
    });
    the('door-listen').addEventListener('click', () => {
      if (/** @type {HTMLFormElement} */ (the('door-form')).reportValidity()) void this.go(false);
    });
    the('door-paste').addEventListener('submit', (event) => {
      event.preventDefault();
      this.paste();
    });
  }

  /** Come to the door, of a room or of none yet. @param {string} invitation */
  async show(invitation) {
    this.invitation = invitation;
    this.called = '';
    this.say(null);
    this.name.value ||= habits.name;
    this.speak();
    try {
      this.languages = await languages();
      if (!this.languages.length) this.say('door.only');
      if (invitation) this.called = (await look(invitation)).title;
    } catch (error) {
      this.fail(error);
    }
    this.speak();
  }

  /** Write it in the language of the interface. */
  speak() {
    const joins = this.invitation !== '';
    const titled = this.called && this.called !== 'Parley';
    the('door-title').textContent = !joins ? say('door.create.title') : titled ? say('door.join.titled', { title: this.called }) : say('door.join.title');
    the('door-text').textContent = say(joins ? 'door.join.text' : 'door.create.text');
    the('door-enter').textContent = say(joins ? 'door.join' : 'door.create');
    the('door-listen').hidden = !joins;
    the('door-called').hidden = joins;
    the('door-paste').hidden = joins;
    this.tell();
    offer(this.language, this.languages, this.language.value || habits.language || navigator.language);
  }

  /** @param {string | null} text @param {Record<string, string>} [values] */
  say(text, values) {
    this.trouble = text ? { text, values } : null;
    this.tell();
  }

  tell() {
    the('door-trouble').replaceChildren(...(this.trouble ? rich(say(this.trouble.text, this.trouble.values)) : []));
  }

  /** @param {unknown} error */
  fail(error) {
    if (!(error instanceof Refused)) throw error;
    const known = error.status === 503 ? (this.invitation ? 'door.busy' : '') : TROUBLES[error.status];
    if (known) this.say(known);
    else this.say('door.failed', { why: error.message });
  }

  /** @param {boolean} speaks */
  async go(speaks) {
    const who = { name: this.name.value.trim(), language: this.language.value };
    if (!who.name || !who.language) return;
    habits.keep(who.name, who.language);
    if (possible()) running(); // what comes behind an answer of the server is no press any more
    this.say(null);
    try {
      if (!this.invitation) await this.open();
      else await look(this.invitation);
    } catch (error) {
      if (error instanceof Refused && error.status === 401) {
        if (await askForKey()) await this.go(speaks);
      } else this.fail(error);
      return;
    }
    await this.enter(this.invitation, who, speaks);
  }

  async open() {
    const title = /** @type {HTMLInputElement} */ (the('door-name-of-room')).value.trim();
    const made = await openRoom(title);
    this.invitation = made.invitation;
    keepSeat(made.invitation, { host: made.host });
    history.pushState(null, '', `#room=${made.invitation}`);
  }

  paste() {
    const field = /** @type {HTMLInputElement} */ (the('door-link'));
    const found = pasted(field.value);
    if (!found) {
      this.say('door.no-link');
      return;
    }
    field.value = '';
    location.hash = `room=${found.invitation}${found.host ? `&host=${found.host}` : ''}`;
  }
}

/** @param {HTMLSelectElement} select @param {import('./service.js').Language[]} languages @param {string} chosen */
export function offer(select, languages, chosen) {
  const choices = readable(languages);
  const options = choices.map(({ code, heard }) => make('option', { value: code }, heard ? languageName(code) : say('door.unheard', { language: languageName(code) })));
  select.replaceChildren(...options);
  const fits = choices.find(({ code }) => chosen === code || chosen.startsWith(`${code}-`)) ?? choices[0];
  if (fits) select.value = fits.code;
}
