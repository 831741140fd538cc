/** Runs where sound is recorded: the microphone's blocks become messages of 40 ms, 24 kHz, 16 bit. */

import { Resampler } from './resampler.js';

const WIRE_HZ = 24000;
const MESSAGE = WIRE_HZ / 25;

class Capture extends AudioWorkletProcessor {
  constructor() {
    super();
    this.resampler = new Resampler(sampleRate, WIRE_HZ);
    this.filled = 0;
    this.message = new Int16Array(MESSAGE);
    this.peak = 0;
  }

  /** @param {Float32Array[][]} inputs */
  process(inputs) {
    const channel = inputs[0]?.[0];
    if (channel) this.take(this.resampler.push(channel));
    return true;
  }

  /** @param {Float32Array} samples */
  take(samples) {
    for (const sample of samples) {
      const held = Math.max(-1, Math.min(1, sample));
      this.peak = Math.max(this.peak, Math.abs(held));
      this.message[this.filled++] = Math.round(held * 32767);
      if (this.filled === MESSAGE) this.send();
    }
  }

  send() {
    this.port.postMessage({ samples: this.message, peak: this.peak }, [this.message.buffer]);
    this.message = new Int16Array(MESSAGE);
    this.filled = 0;
    this.peak = 0;
  }
}

registerProcessor('capture', Capture);
