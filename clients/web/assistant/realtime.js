/** One conversation with the assistant, in the Realtime protocol: it survives lost connections and a server that was started again. */

import { keyHeaders, keyProtocols } from '../key.js';
import { Link } from '../link.js';

/** @typedef {import('../door.js').Answer} Answer */

/**
 * @typedef {object} Hears
 * @property {(event: any) => void} event of the server, of the conversation itself
 * @property {(how: 'new' | 'resumed' | 'lost-memory') => void} ready
 * @property {(why: Answer) => void} waiting
 * @property {(why: Answer | 'ended') => void} over
 */

/** Mistakes that change nothing for the person: what was asked for was over already, or the items tell all there is. */
const UNIMPORTANT = new Set(['response_cancel_not_active', 'resume_too_late']);

/** Closed with this, the conversation is not over. */
const RESTING = 4001;

const PATH = '/v1/realtime?model=parley';

export class Realtime {
  /** @param {Hears} hears */
  constructor(hears) {
    this.hears = hears;
    this.settings = { handsFree: true, voice: true };
    this.token = '';
    this.after = '';
    this.resuming = false;
    this.lostMemory = false;
    this.ready = false;
    /** @type {Map<string, object[]>} what was written and is not in the conversation yet, by item */
    this.unsaid = new Map();
    this.link = new Link({
      path: PATH,
      protocols: () => ['realtime', ...keyProtocols()],
      question: { path: '/v1/realtime', headers: keyHeaders },
      opened: () => {},
      received: (event) => this.receive(event),
      waiting: (why) => this.gone(() => hears.waiting(why)),
      over: (why) => this.gone(() => hears.over(why)),
    });
  }

  connect() {
    this.link.dial();
  }

  /** Give the place on the server up; the conversation waits there to be gone on with. */
  rest() {
    this.link.close(RESTING);
    this.ready = false;
  }

  /** @param {{ handsFree?: boolean, voice?: boolean }} changes */
  set(changes) {
    this.settings = { ...this.settings, ...changes };
    if (this.ready) this.configure();
  }

  /** @param {string} audio */
  hear(audio) {
    if (this.ready) this.link.sendLive({ type: 'input_audio_buffer.append', audio });
  }

  forget() {
    this.link.send({ type: 'input_audio_buffer.clear' });
  }

  commit() {
    this.link.send({ type: 'input_audio_buffer.commit' });
    this.link.send({ type: 'response.create' });
  }

  /** @param {string} text @returns {string} the name of the item that it will be */
  write(text) {
    const id = `item_${[...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
    const item = { id, type: 'message', role: 'user', content: [{ type: 'input_text', text }] };
    this.unsaid.set(id, [{ type: 'conversation.item.create', item }, { type: 'response.create' }]);
    if (this.ready) this.say(id);
    return id;
  }

  cancel() {
    this.link.send({ type: 'response.cancel' });
  }

  /** @param {string} item @param {number} playedMs */
  truncate(item, playedMs) {
    this.link.send({ type: 'conversation.item.truncate', item_id: item, content_index: 0, audio_end_ms: Math.floor(playedMs) });
  }

  /** @param {string} item */
  retrieve(item) {
    this.link.send({ type: 'conversation.item.retrieve', item_id: item });
  }

  /** @param {any} event */
  receive(event) {
    if (event.type === 'session.created') {
      this.begin();
      return;
    }
    this.after = event.event_id ?? this.after;
    if (event.type === 'session.updated') this.updated(event.session);
    else if (event.type === 'error' && event.error.code === 'resume_not_found') this.forgotten();
    else if (!UNIMPORTANT.has(event.error?.code)) {
      if (event.type === 'conversation.item.added') this.unsaid.delete(event.item.id);
      this.hears.event(event);
    }
  }

  begin() {
    this.resuming = this.token !== '';
    if (this.resuming) this.link.send({ type: 'session.update', session: { x: { resume: this.token, after: this.after } } });
    else this.configure();
  }

  configure() {
    const { handsFree, voice } = this.settings;
    const input = { transcription: { model: 'parley' }, turn_detection: handsFree ? { type: 'server_vad' } : null };
    const x = { events: ['x.latency', 'x.transcript.partial', 'x.tool', 'x.routed'], resume: true };
    const modalities = [voice ? 'audio' : 'text'];
    this.link.send({ type: 'session.update', session: { type: 'realtime', output_modalities: modalities, audio: { input }, x } });
  }

  /** @param {any} session */
  updated(session) {
    if (typeof session.x?.resume === 'string') this.token = session.x.resume;
    if (this.resuming) {
      if (!session.x?.items) return; // one of those that are sent again
      this.resuming = false;
      this.configure();
      this.hears.event({ type: 'resumed', items: session.x.items });
      for (const id of session.x.items) this.unsaid.delete(id);
      this.start('resumed');
    } else if (!this.ready) this.start(this.lostMemory ? 'lost-memory' : 'new');
  }

  /** The server knows this conversation no more: a new one begins. */
  forgotten() {
    this.resuming = false;
    this.lostMemory = true;
    this.token = '';
    this.configure();
  }

  /** @param {'new' | 'resumed' | 'lost-memory'} how */
  start(how) {
    this.ready = true;
    this.lostMemory = false;
    this.hears.ready(how);
    for (const id of this.unsaid.keys()) this.say(id);
  }

  /** @param {string} id */
  say(id) {
    for (const event of this.unsaid.get(id) ?? []) this.link.send(event);
  }

  /** @param {() => void} then */
  gone(then) {
    this.ready = false;
    then();
  }
}
