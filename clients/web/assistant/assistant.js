/** The assistant's view: what the person does, what the server tells, what is heard. */

import { Microphone } from '../audio/microphone.js';
import { Speaker } from '../audio/speaker.js';
import { possible } from '../audio/sound.js';
import { connected, tellOver, tellWaiting } from '../connection.js';
import { the } from '../dom.js';
import { microphoneWorks, tellLost, tellTrouble } from '../microphones.js';
import { notify, settle } from '../notices.js';
import { Conversation } from './conversation.js';
import { Entries } from './entries.js';
import { Realtime } from './realtime.js';

/** @typedef {{ connection: 'none' | 'connecting' | 'ready' | 'waiting', hearing: boolean, speaking: boolean, answering: boolean, listening: boolean, voice: boolean, handsFree: boolean }} State */

/** Shorter presses are slips: the server refuses them. */
const SHORTEST_MS = 150;

export class Assistant {
  /** @param {(state: State) => void} changed */
  constructor(changed) {
    this.changed = changed;
    this.voice = possible();
    this.handsFree = true;
    this.hearing = false;
    this.held = 0;
    /** @type {State['connection']} */
    this.connection = 'none';
    /** @type {Set<string>} items whose sound is not wanted any more */
    this.cut = new Set();
    /** @type {string} the item that is heard */
    this.playing = '';
    this.conversation = new Conversation();
    this.entries = new Entries(() => this.voice);
    this.speaker = new Speaker({
      started: (name) => this.play(name),
      done: () => this.play(''),
    });
    this.microphone = new Microphone(
      (audio) => this.hear(audio),
      (peak) => the('talk').style.setProperty('--level', String(Math.min(1, peak * 1.6))),
      () => tellLost(() => this.listen()),
    );
    this.realtime = new Realtime({
      event: (event) => this.receive(event),
      ready: (how) => this.begin(how),
      waiting: (why) => this.wait(why),
      over: (why) => this.end(why),
    });
    this.realtime.settings.voice = this.voice;
  }

  /** @returns {State} */
  get state() {
    const { connection, hearing, voice, handsFree } = this;
    return { connection, hearing, voice, handsFree, speaking: this.playing !== '', answering: this.conversation.answering, listening: this.microphone.open };
  }

  // What the person does.

  /** Turn the microphone on. */
  async listen() {
    try {
      await this.microphone.start();
      await this.speaker.open();
      microphoneWorks();
      if (this.microphone.open) this.connect(); // otherwise it was stopped again meanwhile
    } catch (error) {
      tellTrouble(error, () => void this.listen());
    }
    this.changed(this.state);
  }

  deafen() {
    this.microphone.stop();
    this.hearing = false;
    this.realtime.forget();
    this.changed(this.state);
  }

  /** Begin a stretch of speech by hand. */
  async press() {
    if (this.held) return;
    this.held = performance.now();
    if (!this.microphone.open) await this.listen();
    this.interrupt();
    this.realtime.forget();
    this.changed(this.state);
  }

  release() {
    const lasted = performance.now() - this.held;
    if (!this.held) return;
    this.held = 0;
    if (this.microphone.open && lasted >= SHORTEST_MS) this.realtime.commit();
    this.changed(this.state);
  }

  /** @param {string} text */
  async write(text) {
    if (possible()) await this.speaker.open();
    this.interrupt();
    this.show(this.conversation.wrote(this.realtime.write(text), text));
    this.connect();
  }

  /** Stop the reply, as a button does. */
  interrupt() {
    if (this.conversation.answering) this.realtime.cancel();
    void this.silence();
  }

  /** @param {boolean} handsFree */
  setMode(handsFree) {
    this.handsFree = handsFree;
    this.realtime.set({ handsFree });
    if (!handsFree && this.microphone.open) this.deafen();
    this.changed(this.state);
  }

  /** @param {boolean} voice */
  setVoice(voice) {
    this.voice = voice && possible();
    this.realtime.set({ voice: this.voice });
    if (!voice) void this.silence();
    this.changed(this.state);
  }

  connect() {
    if (this.connection !== 'none') return;
    this.connection = 'connecting';
    this.realtime.connect();
    this.changed(this.state);
  }

  /** Another view is shown: the place on the server is for others meanwhile. */
  async leave() {
    this.microphone.stop();
    this.hearing = false;
    await this.silence();
    this.realtime.rest();
    this.connection = 'none';
    connected();
    this.changed(this.state);
  }

  // What the server tells.

  /** @param {'new' | 'resumed' | 'lost-memory'} how */
  begin(how) {
    this.connection = 'ready';
    connected();
    if (how === 'lost-memory') notify('memory', { text: 'notice.forgotten', actions: [{ text: 'page.close', act: () => settle('memory') }] });
    this.changed(this.state);
  }

  /** @param {import('../door.js').Answer} why */
  wait(why) {
    this.connection = 'waiting';
    this.hearing = false;
    tellWaiting(why, () => this.realtime.link.dialNow());
    this.changed(this.state);
  }

  /** @param {import('../door.js').Answer | 'ended'} why */
  end(why) {
    this.connection = 'none';
    this.hearing = false;
    this.microphone.stop();
    void tellOver(why, () => this.connect());
    this.changed(this.state);
  }

  /** @param {any} event */
  receive(event) {
    switch (event.type) {
      case 'input_audio_buffer.speech_started':
        this.hearing = true;
        void this.silence();
        break;
      case 'input_audio_buffer.speech_stopped':
      case 'input_audio_buffer.committed':
        this.hearing = false;
        break;
      case 'response.output_audio.delta':
        if (!this.cut.has(event.item_id)) this.speaker.play(event.item_id, event.delta);
        return;
      case 'response.output_audio.done':
        this.speaker.end(event.item_id);
        break;
      case 'conversation.item.truncated':
        this.realtime.retrieve(event.item_id);
        break;
      case 'resumed':
        this.fetchMissing(event.items);
        break;
      case 'error':
        notify('error', { text: 'notice.error', values: { why: event.error.message }, tone: 'trouble', actions: [{ text: 'page.close', act: () => settle('error') }] });
        break;
    }
    this.show(this.conversation.take(event));
    this.changed(this.state);
  }

  /** @param {import('./conversation.js').Entry[]} entries that have changed */
  show(entries) {
    this.entries.show(entries, (entry) => this.conversation.empty(entry));
  }

  /** Ask for what the server has and this page has not seen. @param {string[]} items */
  fetchMissing(items) {
    for (const id of items) if (!this.conversation.find(id)) this.realtime.retrieve(id);
  }

  /** @param {string} audio */
  hear(audio) {
    if (this.handsFree || this.held) this.realtime.hear(audio);
  }

  /** @param {string} name of what is heard now */
  play(name) {
    this.playing = name;
    this.changed(this.state);
  }

  /** Stop what is heard, and say how far it was heard. */
  async silence() {
    if (!this.speaker.ready) return;
    for (const { name, playedMs } of await this.speaker.flush()) {
      if (this.cut.has(name)) continue;
      this.cut.add(name);
      this.realtime.truncate(name, playedMs);
    }
    this.play('');
  }
}
