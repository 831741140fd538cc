/** One person's connection to a room: it survives lost connections, in the same seat. */

import { Link } from '../link.js';
import { bearer } from './service.js';
import { keepSeat, seat } from './seats.js';

/** @typedef {import('../door.js').Answer} Answer */
/** @typedef {{ id: string, name: string, language: string, muted: boolean, away: boolean, speaking: boolean, host: boolean }} Person */
/** @typedef {{ committed: string, tentative: string, final: boolean, lag_s: number | null }} Text */
/** @typedef {{ id: string, person: string, name: string, began_at: number, typed: boolean, language: string, texts: Record<string, Text> }} Line */
/** @typedef {{ id: string, title: string, expires_at: number, locked: boolean, languages: import('./service.js').Language[] }} Room */

/**
 * @typedef {object} Hears
 * @property {(joined: { person: string, host: boolean, room: Room, people: Person[], lines: Line[] }) => void} joined
 * @property {(message: any) => void} message
 * @property {(why: Answer) => void} waiting
 * @property {(why: Answer | 'ended') => void} over
 */

/** Refusals after which one is not in the room, and what the door then says. */
export const OUTSIDE = new Map([['room_locked', 'door.locked'], ['room_full', 'door.busy'], ['room_closed', 'door.closed-room']]);

export class Wire {
  /** @param {string} invitation @param {{ name: string, language: string, hears: boolean }} who @param {Hears} hears */
  constructor(invitation, who, hears) {
    this.invitation = invitation;
    this.who = who;
    this.joined = false;
    this.link = new Link({
      path: '/v1/rooms',
      protocols: () => ['parley.room', `parley.invitation.${invitation}`],
      question: { path: '/v1/rooms/invitation', headers: () => bearer(invitation) },
      opened: () => this.join(),
      received: (message) => {
        if (message.type === 'room.joined') {
          this.joined = true;
          keepSeat(invitation, { seat: message.seat });
          hears.joined(message);
        } else hears.message(message);
      },
      waiting: (why) => {
        this.joined = false;
        hears.waiting(why);
      },
      over: (why) => {
        this.joined = false;
        hears.over(why);
      },
    });
  }

  join() {
    const { seat: taken, host } = seat(this.invitation);
    this.link.send({ type: 'room.join', ...this.who, ...(taken ? { seat: taken } : {}), ...(host ? { host } : {}) });
  }

  /** @param {string} audio */
  hear(audio) {
    if (this.joined) this.link.sendLive({ type: 'input_audio_buffer.append', audio });
  }

  /** @param {object} message */
  send(message) {
    return this.joined && this.link.send(message);
  }

  leave() {
    this.send({ type: 'room.leave' });
    keepSeat(this.invitation, { seat: undefined });
    this.link.close();
  }
}
