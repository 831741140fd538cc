/** Runs where sound is played: takes tracks at 24 kHz, gives the device its blocks, and tells how far each was heard. */

import { Resampler } from './resampler.js';
import { Tracks } from './tracks.js';

const WIRE_HZ = 24000;
const BETWEEN_REPORTS_S = 0.05;

class Playback extends AudioWorkletProcessor {
  constructor() {
    super();
    this.tracks = new Tracks(WIRE_HZ);
    this.resampler = new Resampler(WIRE_HZ, sampleRate);
    /** @type {Float32Array} */
    this.ready = new Float32Array(0);
    this.since = 0;
    this.peak = 0;
    this.port.onmessage = ({ data }) => this.receive(data);
  }

  /** @param {{ push?: string, samples?: Float32Array, end?: string, flush?: number }} message */
  receive(message) {
    if (message.push !== undefined && message.samples) this.tracks.push(message.push, message.samples);
    if (message.end !== undefined) this.tracks.end(message.end);
    if (message.flush !== undefined) {
      const played = this.tracks.flush().map(({ name, played }) => ({ name, playedMs: (1000 * played) / WIRE_HZ }));
      this.port.postMessage({ flushed: message.flush, played });
    }
  }

  /** @param {Float32Array[][]} _ @param {Float32Array[][]} outputs */
  process(_, outputs) {
    const [first, ...others] = outputs[0];
    let at = 0;
    while (at < first.length) {
      if (!this.ready.length) this.ready = this.more();
      const count = Math.min(this.ready.length, first.length - at);
      first.set(this.ready.subarray(0, count), at);
      this.ready = this.ready.subarray(count);
      at += count;
    }
    for (const other of others) other.set(first);
    for (const sample of first) this.peak = Math.max(this.peak, Math.abs(sample));
    this.report(first.length);
    return true;
  }

  more() {
    const block = new Float32Array(128);
    this.tracks.pull(block);
    return this.resampler.push(block);
  }

  /** @param {number} samples that were given to the device since the last time */
  report(samples) {
    for (const told of this.tracks.told.splice(0)) this.port.postMessage(told);
    this.since += samples;
    if (this.since < BETWEEN_REPORTS_S * sampleRate) return;
    this.since = 0;
    const now = this.tracks.now();
    this.port.postMessage({ level: this.peak, now: now && { name: now.name, playedMs: (1000 * now.played) / WIRE_HZ } });
    this.peak = 0;
  }
}

registerProcessor('playback', Playback);
