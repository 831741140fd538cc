/** Being in a room: what one says and hears there, and who else does. */

import { Microphone } from '../audio/microphone.js';
import { Speaker } from '../audio/speaker.js';
import { possible } from '../audio/sound.js';
import { connected, tellWaiting } from '../connection.js';
import { the } from '../dom.js';
import { microphoneWorks, tellLost, tellTrouble } from '../microphones.js';
import { notify, settle } from '../notices.js';
import { Captions } from './captions.js';
import { announcePeople } from './people.js';
import { keepSeat } from './seats.js';
import { OUTSIDE, Wire } from './wire.js';

/** @typedef {import('./wire.js').Person} Person */
/** @typedef {import('./wire.js').Room} Room */

/**
 * @typedef {object} State
 * @property {boolean} here
 * @property {string} over why it has ended, if it has
 * @property {boolean} live the microphone is on
 * @property {boolean} hears
 * @property {Room | null} room
 * @property {Person[]} people
 * @property {string} me
 * @property {boolean} host
 * @property {number | null} lag seconds, of the newest words
 */

export class Meeting {
  /**
   * @param {(state: State) => void} changed
   * @param {(trouble: string) => void} refused takes the name of a string, when one is not let in
   */
  constructor(changed, refused) {
    this.changed = changed;
    this.refused = refused;
    this.invitation = '';
    this.language = '';
    this.hears = possible();
    this.over = '';
    /** @type {object | null} */
    this.entering = null;
    /** @type {Wire | null} */
    this.wire = null;
    /** @type {Room | null} */
    this.room = null;
    /** @type {Person[]} */
    this.people = [];
    this.me = '';
    this.host = false;
    /** @type {number | null} */
    this.lag = null;
    this.captions = new Captions(() => ({ person: this.me, language: this.language, hears: this.hears }));
    this.speaker = new Speaker();
    this.microphone = new Microphone(
      (audio) => this.wire?.hear(audio),
      (peak) => the('mute').style.setProperty('--level', String(Math.min(1, peak * 1.6))),
      () => {
        this.tellMuted(true);
        tellLost(() => void this.unmute());
      },
    );
  }

  /** @returns {State} */
  get state() {
    const { over, hears, room, people, me, host, lag } = this;
    return { here: room !== null, over, live: this.microphone.open, hears, room, people, me, host, lag };
  }

  /**
   * Go in; to be called while a press is handled.
   * @param {string} invitation
   * @param {{ name: string, language: string }} who
   * @param {boolean} speaks with the microphone on
   */
  async enter(invitation, who, speaks) {
    this.invitation = invitation;
    this.language = who.language;
    this.over = '';
    this.captions.clear();
    const visit = (this.entering = {});
    if (possible()) await this.speaker.open();
    if (speaks && visit === this.entering) await this.start();
    if (visit !== this.entering) return; // gone again, or going in once more
    this.entering = null;
    this.wire = new Wire(invitation, { ...who, hears: this.hears }, {
      joined: (joined) => this.joined(joined),
      message: (message) => this.receive(message),
      waiting: (why) => tellWaiting(why, () => this.wire?.link.dialNow()),
      over: (why) => this.gone(why),
    });
    this.wire.link.dial();
  }

  leave() {
    this.wire?.leave();
    this.away();
  }

  async mute() {
    this.microphone.stop();
    this.tellMuted(true);
  }

  async unmute() {
    if (await this.start()) this.tellMuted(false);
    this.changed(this.state);
  }

  /** @param {boolean} hears */
  setHears(hears) {
    this.hears = hears && possible();
    if (this.wire) this.wire.who.hears = this.hears;
    this.wire?.send({ type: 'room.set', hears: this.hears });
    if (!this.hears) void this.speaker.flush();
    this.changed(this.state);
  }

  /** @param {string} language */
  setLanguage(language) {
    this.language = language;
    if (this.wire) this.wire.who.language = language;
    this.wire?.send({ type: 'room.set', language });
  }

  /** @param {string} text @returns {boolean} whether it is on its way */
  write(text) {
    return this.wire?.send({ type: 'room.say', text }) ?? false;
  }

  /** @param {'room.close' | 'room.lock' | 'room.remove'} type @param {object} [more] */
  asHost(type, more = {}) {
    this.wire?.send({ type, ...more });
  }

  // What the server tells.

  /** @param {{ person: string, host: boolean, room: Room, people: Person[], lines: import('./wire.js').Line[] }} joined */
  joined(joined) {
    connected();
    this.room = joined.room;
    this.me = joined.person;
    this.host = joined.host;
    this.people = joined.people;
    const mine = joined.people.find(({ id }) => id === joined.person);
    // In a seat that was kept, the language is what it was; the microphone is what it is here.
    this.language = mine?.language ?? this.language;
    this.tellMuted(!this.microphone.open);
    this.captions.show(joined.lines, false);
    this.changed(this.state);
  }

  /** @param {any} message */
  receive(message) {
    switch (message.type) {
      case 'room.people':
        announcePeople(this.people, message.people, this.me);
        this.people = message.people;
        if (this.room) this.room.locked = message.locked ?? this.room.locked;
        break;
      case 'room.line':
        this.captions.show([message.line], true);
        if (!message.line.typed) this.lag = message.line.texts[this.language]?.lag_s ?? this.lag;
        break;
      case 'room.audio':
        if (this.hears) this.speaker.play(message.line, message.audio);
        return;
      case 'room.spoken':
        this.speaker.end(message.line);
        return;
      case 'room.closed':
        this.close(message.reason);
        return;
      case 'error':
        this.mistake(message.error);
        return;
      default:
        return;
    }
    this.changed(this.state);
  }

  /** @param {{ code: string, message: string }} error */
  mistake(error) {
    const outside = OUTSIDE.get(error.code);
    if (!this.room && outside) {
      this.wire?.link.close();
      this.away();
      this.refused(outside);
      return;
    }
    notify('error', { text: 'notice.error', values: { why: error.message }, tone: 'trouble', actions: [{ text: 'page.close', act: () => settle('error') }] });
  }

  /** It is over; what was said stays on the page. @param {string} reason */
  close(reason) {
    keepSeat(this.invitation, { seat: undefined });
    this.over = reason;
    this.wire?.link.close();
    this.microphone.stop();
    this.people = [];
    connected();
    this.changed(this.state);
  }

  /** @param {import('../door.js').Answer | 'ended'} why */
  gone(why) {
    if (this.over) return;
    if (why === 'ended') {
      notify('connection', { text: 'notice.elsewhere', actions: [{ text: 'room.back', act: () => this.wire?.link.dial() }] });
      return;
    }
    this.away();
    this.refused(`door.${why}`);
  }

  /** Nothing is heard or said any more. */
  away() {
    this.entering = null;
    this.microphone.stop();
    void this.speaker.flush();
    connected();
    this.wire = null;
    this.room = null;
    this.people = [];
    this.lag = null;
    this.changed(this.state);
  }

  /** Turn the microphone on. @returns {Promise<boolean>} whether it works */
  async start() {
    try {
      await this.microphone.start();
      microphoneWorks();
      return this.microphone.open;
    } catch (error) {
      tellTrouble(error, () => void this.unmute());
      return false;
    }
  }

  /** @param {boolean} muted */
  tellMuted(muted) {
    this.wire?.send({ type: 'room.set', muted });
    this.changed(this.state);
  }
}
