/** Plays what comes from the server and knows what of it was heard. */

import { fromBase64 } from './pcm.js';
import { running, worklet } from './sound.js';

/**
 * @typedef {{ name: string, playedMs: number }} Heard
 * @typedef {{ started?: (name: string) => void, done?: (name: string) => void, level?: (peak: number) => void }} Listeners
 */

export class Speaker {
  /** @param {Listeners} listeners */
  constructor(listeners = {}) {
    this.listeners = listeners;
    /** @type {AudioWorkletNode | null} */
    this.node = null;
    /** @type {AudioContext | null} */
    this.context = null;
    /** @type {Map<number, (heard: Heard[]) => void>} */
    this.flushes = new Map();
    this.count = 0;
    /** @type {Heard | null} */
    this.now = null;
  }

  /** Make ready to play; to be called while a press is handled. */
  async open() {
    this.context = running();
    if (this.node) return;
    this.node = await worklet(this.context, 'playback', { numberOfInputs: 0, outputChannelCount: [1] });
    this.node.port.onmessage = ({ data }) => this.receive(data);
    this.node.connect(this.context.destination);
  }

  get ready() {
    return this.node !== null;
  }

  /** @param {string} name of the track @param {string} audio base64 */
  play(name, audio) {
    const samples = fromBase64(audio);
    this.node?.port.postMessage({ push: name, samples }, [samples.buffer]);
  }

  /** Nothing follows in this track. @param {string} name */
  end(name) {
    this.node?.port.postMessage({ end: name });
  }

  /** Be silent at once. @returns {Promise<Heard[]>} what was heard of each track that was not over */
  flush() {
    if (!this.node) return Promise.resolve([]);
    const number = ++this.count;
    this.node.port.postMessage({ flush: number });
    this.now = null;
    return new Promise((resolve) => this.flushes.set(number, resolve));
  }

  /** @param {{ started?: string, done?: string, flushed?: number, played?: Heard[], level?: number, now?: Heard | null }} message */
  receive(message) {
    if (message.started !== undefined) this.listeners.started?.(message.started);
    if (message.done !== undefined) this.listeners.done?.(message.done);
    if (message.flushed !== undefined) {
      this.flushes.get(message.flushed)?.((message.played ?? []).map((each) => this.arrived(each)));
      this.flushes.delete(message.flushed);
    }
    if (message.level !== undefined) {
      this.now = message.now ?? null;
      this.listeners.level?.(message.level);
    }
  }

  /** What was given to the device is not yet what was heard. @param {Heard} given @returns {Heard} */
  arrived({ name, playedMs }) {
    const underwayMs = 1000 * (this.context?.outputLatency || 0);
    return { name, playedMs: Math.max(0, Math.floor(playedMs - underwayMs)) };
  }
}
