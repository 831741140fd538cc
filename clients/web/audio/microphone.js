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
  }

  get open() {
    return this.stream !== null;
  }

  /**
   * Begin to listen; to be called while a press is handled.
   * @throws {MicrophoneError}
   */
  async start() {
    if (this.stream) return;
    if (!possible() || !navigator.mediaDevices) throw new MicrophoneError('insecure');
    const context = running();
    const stream = await this.ask();
    const capture = await worklet(context, 'capture', { numberOfOutputs: 0, channelCount: 1, channelCountMode: 'explicit' });
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
    for (const track of this.stream?.getTracks() ?? []) track.stop();
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
