/** A WebSocket that comes back: when it breaks, it is dialled again, soon at first and then less often. */

import { PASSING, knock } from './door.js';

/** @typedef {import('./door.js').Answer} Answer */

const WAITS_S = [0.3, 1, 2, 4, 8];

/** Bytes that wait to be sent; beyond them live sound is worthless and is left out. */
const LATE_BYTES = 256 * 1024;

/** Closed with one of these, it was meant to end. */
const MEANT = new Set([1000, 1008, 1009, 4000]);

/**
 * @typedef {object} Ends
 * @property {string} path
 * @property {() => string[]} protocols
 * @property {{ path: string, headers: () => Record<string, string> }} question the plain request that asks why it was not opened
 * @property {() => void} opened
 * @property {(message: any) => void} received
 * @property {(why: Answer) => void} waiting the connection is gone and will be dialled again
 * @property {(why: Answer | 'ended') => void} over it is gone for good
 */

export class Link {
  /** @param {Ends} ends */
  constructor(ends) {
    this.ends = ends;
    /** @type {WebSocket | null} */
    this.socket = null;
    this.tries = 0;
    this.timer = 0;
    this.wanted = false;
    this.online = () => this.dialNow();
  }

  get open() {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  dial() {
    if (this.wanted) return;
    this.wanted = true;
    this.tries = 0;
    addEventListener('online', this.online);
    this.connect();
  }

  /** Do not wait for the next try. */
  dialNow() {
    if (!this.wanted || this.socket) return;
    this.connect();
  }

  /** @param {number} [code] 1000 when all is over */
  close(code = 1000) {
    this.wanted = false;
    clearTimeout(this.timer);
    removeEventListener('online', this.online);
    const socket = this.socket;
    this.socket = null;
    socket?.close(code);
  }

  /** @param {object} message @returns {boolean} whether it is on its way */
  send(message) {
    if (!this.socket || this.socket.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  /** Send live sound, or leave it out when the network does not keep up. @param {object} message */
  sendLive(message) {
    if (this.socket && this.socket.bufferedAmount < LATE_BYTES) this.send(message);
  }

  connect() {
    clearTimeout(this.timer);
    const url = new URL(this.ends.path, location.href);
    url.protocol = url.protocol.replace('http', 'ws');
    url.hash = '';
    const socket = new WebSocket(url, this.ends.protocols());
    let opened = false;
    this.socket = socket;
    socket.onopen = () => {
      opened = true;
      this.ends.opened();
    };
    socket.onmessage = ({ data }) => {
      if (this.socket !== socket) return;
      this.tries = 0; // a server that says something is a server that works
      this.ends.received(JSON.parse(data));
    };
    socket.onclose = ({ code }) => {
      if (this.socket !== socket) return;
      this.socket = null;
      void this.lost(opened, code);
    };
  }

  /** @param {boolean} opened @param {number} code */
  async lost(opened, code) {
    if (opened && MEANT.has(code)) {
      this.close();
      this.ends.over('ended');
      return;
    }
    const why = opened ? 'away' : await knock(this.ends.question.path, this.ends.question.headers());
    if (!this.wanted || this.socket) return;
    if (!PASSING.has(why)) {
      this.close();
      this.ends.over(why);
      return;
    }
    this.ends.waiting(why);
    const wait = WAITS_S[Math.min(this.tries++, WAITS_S.length - 1)];
    this.timer = setTimeout(() => this.connect(), 1000 * wait * (0.75 + Math.random() / 2));
  }
}
