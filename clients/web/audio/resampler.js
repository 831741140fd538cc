/** Changes the sample rate of a stream, block by block, without clicks between blocks. */

const ZERO_CROSSINGS = 12; // of the windowed sinc on each side: 60 dB of stop band is enough for speech

const SHARPNESS = 0.92; // of the lower rate's half is kept; what lies above would be heard as a mirror image

export class Resampler {
  /**
   * @param {number} from samples a second that come
   * @param {number} to samples a second that go
   */
  constructor(from, to) {
    this.step = from / to;
    this.cutoff = Math.min(1, to / from) * SHARPNESS;
    this.reach = Math.ceil(ZERO_CROSSINGS / this.cutoff);
    this.at = 0; // of the next sample that goes, in samples that come, counted from `past[reach]`
    this.past = new Float32Array(2 * this.reach);
    this.same = from === to;
  }

  /**
   * @param {Float32Array} block
   * @returns {Float32Array} what can be told by now; the last few samples wait for those that follow
   */
  push(block) {
    if (this.same) return block.slice();
    const line = new Float32Array(this.past.length + block.length);
    line.set(this.past);
    line.set(block, this.past.length);
    const end = line.length - 2 * this.reach; // positions below have all neighbours
    const count = Math.max(0, Math.ceil((end - this.at) / this.step));
    const out = new Float32Array(count);
    for (let n = 0; n < count; n++) out[n] = this.between(line, this.at + n * this.step + this.reach);
    this.at += count * this.step - block.length;
    this.past = line.slice(line.length - 2 * this.reach);
    return out;
  }

  /**
   * @param {Float32Array} line
   * @param {number} place between two samples
   */
  between(line, place) {
    const first = Math.ceil(place - this.reach);
    const last = Math.floor(place + this.reach);
    let sum = 0;
    for (let n = Math.max(0, first); n <= Math.min(last, line.length - 1); n++) sum += line[n] * this.weight(n - place);
    return sum;
  }

  /** @param {number} distance in samples that come */
  weight(distance) {
    const x = distance * this.cutoff;
    if (Math.abs(x) >= ZERO_CROSSINGS) return 0;
    const window = 0.5 + 0.5 * Math.cos((Math.PI * x) / ZERO_CROSSINGS);
    const sinc = x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
    return this.cutoff * sinc * window;
  }
}
