/** The microphone: asks for it, says why there is none, and gives what it hears as 40 ms messages. */

import { toBase64 } from './pcm.js';
import { possible, running, worklet } from './sound.js';

/** @typedef {'insecure' | 'denied' | 'missing' | 'busy' | 'failed'} Trouble */

export class MicrophoneError extends Error {
  /** @param {Trouble} trouble @param {unknown} [cause] */
  constructor(trouble, cause) {
    super(`There is no microphone: ${trouble}.`, { cause });
    this.trouble = trouble;
  }
}

/** @type {Record<string, Trouble>} */
const TROUBLES = { NotAllowedError: 'denied', SecurityError: 'denied', NotFoundError: 'missing', OverconstrainedError: 'missing', NotReadableError: 'busy', AbortError: 'busy' };

export class Microphone {
  /**
   * @param {(audio: string) => void} heard takes base64 of 40 ms
   * @param {(peak: number) => void} level takes the loudest sample of it, in [0, 1]
   * @param {() => void} lost is called when the device goes away
   */
  constructor(heard, level, lost) {
    this.heard = heard;
    this.level = level;
    this.lost = lost;
    /** @type {MediaStream | null} */
    this.stream = null;
    /** @type {AudioNode[]} */
    this.nodes = [];
    /** @type {Promise<void> | null} */
    this.starting = null;
    this.stops = 0;
  }

  get open() {
    return this.stream !== null;
  }

  /**
   * Begin to listen; to be called while a press is handled. What is stopped before it has begun does not begin: look at `open`.
   * @returns {Promise<void>}
   * @throws {MicrophoneError}
   */
  start() {
    if (this.stream) return Promise.resolve();
    return (this.starting ??= this.begin());
  }

  async begin() {
    const stops = this.stops;
    try {
      if (!possible() || !navigator.mediaDevices) throw new MicrophoneError('insecure');
      const context = running();
      const stream = await this.ask();
      const capture = await this.capturing(context, stream);
      if (stops !== this.stops) release(stream);
      else this.connect(context, stream, capture);
    } finally {
      if (stops === this.stops) this.starting = null;
    }
  }

  /** @param {AudioContext} context @param {MediaStream} stream */
  async capturing(context, stream) {
    try {
      return await worklet(context, 'capture', { numberOfOutputs: 0, channelCount: 1, channelCountMode: 'explicit' });
    } catch (error) {
      release(stream);
      throw new MicrophoneError('failed', error);
    }
  }

  /** @param {AudioContext} context @param {MediaStream} stream @param {AudioWorkletNode} capture */
  connect(context, stream, capture) {
    capture.port.onmessage = ({ data }) => {
      this.level(data.peak);
      this.heard(toBase64(data.samples));
    };
    const source = context.createMediaStreamSource(stream);
    source.connect(capture);
    this.nodes = [source, capture];
    this.stream = stream;
    stream.getAudioTracks()[0]?.addEventListener('ended', () => {
      this.stop();
      this.lost();
    });
  }

  /** Stop listening: the browser's sign that it records goes out. */
  stop() {
    this.stops++;
    this.starting = null;
    if (this.stream) release(this.stream);
    for (const node of this.nodes) node.disconnect();
    this.nodes = [];
    this.stream = null;
    this.level(0);
  }

  async ask() {
    try {
      const audio = { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true };
      return await navigator.mediaDevices.getUserMedia({ audio });
    } catch (error) {
      throw new MicrophoneError(TROUBLES[error instanceof DOMException ? error.name : ''] ?? 'failed', error);
    }
  }
}

/** @param {MediaStream} stream */
function release(stream) {
  for (const track of stream.getTracks()) track.stop();
}
