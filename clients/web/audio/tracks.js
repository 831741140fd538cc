/**
 * What is to be played, and how far it was: a queue of tracks, each with a name, filled while it is played.
 * One is heard at a time. A track that runs dry before its end lets another one go first.
 */

/** Samples, at the rate of the queue, that must be there before a track begins: uneven arrival is not heard. */
export const AHEAD_S = 0.08;

/** Seconds that a dry track is waited for while another one has sound. */
export const PATIENCE_S = 0.4;

/** Seconds in which sound goes to nothing when it is cut off: no click. */
export const FADE_S = 0.006;

/** Seconds that may wait in all. More than that is dropped at its beginning: who is so late wants to hear what is said now. */
export const MOST_S = 120;

/**
 * @typedef {{ name: string, parts: Float32Array[], offset: number, waiting: number, played: number, begun: boolean, ended: boolean }} Track
 * @typedef {{ started: string } | { done: string }} Told
 */

export class Tracks {
  /** @param {number} rate samples a second */
  constructor(rate) {
    this.rate = rate;
    /** @type {Track[]} */
    this.queue = [];
    /** @type {Told[]} */
    this.told = [];
    this.dry = 0;
    this.last = 0; // the sample that was heard last, until it fades
    this.fading = 0; // samples that a cut still takes
    this.from = 0;
  }

  /** @param {string} name @param {Float32Array} samples */
  push(name, samples) {
    const track = this.queue.find((each) => each.name === name && !each.ended) ?? this.add(name);
    track.parts.push(samples);
    track.waiting += samples.length;
    this.drop();
  }

  /** Nothing follows in this track. @param {string} name */
  end(name) {
    for (const track of this.queue) if (track.name === name) track.ended = true;
  }

  /** Forget everything; what is heard just now fades. @returns {{ name: string, played: number }[]} samples that were played of each */
  flush() {
    const played = this.queue.map(({ name, played }) => ({ name, played }));
    this.queue = [];
    this.fade();
    this.dry = 0;
    return played;
  }

  /** The track that is heard, or would be. @returns {{ name: string, played: number } | null} */
  now() {
    const track = this.queue[0];
    return track?.begun ? { name: track.name, played: track.played } : null;
  }

  /** @param {Float32Array} block is filled with what is heard next */
  pull(block) {
    let at = 0;
    while (at < block.length) {
      const track = this.playable(block.length - at);
      if (!track) break;
      at = this.copy(track, block, at);
    }
    this.fill(block, at);
  }

  /** @param {string} name */
  add(name) {
    const track = { name, parts: [], offset: 0, waiting: 0, played: 0, begun: false, ended: false };
    this.queue.push(track);
    return track;
  }

  /** @param {number} wanted samples @returns {Track | undefined} */
  playable(wanted) {
    for (let track = this.queue[0]; track; track = this.queue[0]) {
      if (track.waiting && (track.begun || track.ended || track.waiting >= AHEAD_S * this.rate)) {
        if (!track.begun) this.told.push({ started: track.name });
        track.begun = true;
        this.dry = 0;
        return track;
      }
      if (track.ended && !track.waiting) {
        this.queue.shift();
        this.told.push({ done: track.name });
        continue;
      }
      this.dry += wanted;
      if (this.dry < PATIENCE_S * this.rate || !this.pass()) return undefined;
    }
    return undefined;
  }

  /** Let the next track that can be heard go first. @returns {boolean} whether there is one */
  pass() {
    const next = this.queue.findIndex((each, n) => n > 0 && each.waiting > 0 && (each.ended || each.waiting >= AHEAD_S * this.rate));
    if (next < 0) return false;
    this.queue.unshift(...this.queue.splice(next, 1));
    return true;
  }

  /** @param {Track} track @param {Float32Array} block @param {number} at @returns {number} where the block is filled to */
  copy(track, block, at) {
    while (at < block.length && track.waiting) {
      const part = track.parts[0];
      const count = Math.min(part.length - track.offset, block.length - at);
      block.set(part.subarray(track.offset, track.offset + count), at);
      at += count;
      track.offset += count;
      track.waiting -= count;
      track.played += count;
      if (track.offset === part.length) {
        track.parts.shift();
        track.offset = 0;
      }
    }
    if (at) this.last = block[at - 1];
    if (!track.waiting && !track.ended) track.begun = false; // it ran dry: gather again before it goes on
    this.fading = 0;
    return at;
  }

  /** Where nothing is to be heard, let the last sample go to nothing. @param {Float32Array} block @param {number} at */
  fill(block, at) {
    if (at < block.length) this.fade();
    const whole = Math.round(FADE_S * this.rate);
    for (; at < block.length; at++) block[at] = this.fading > 0 ? (this.from * --this.fading) / whole : 0;
  }

  fade() {
    if (this.last === 0) return;
    this.fading = Math.round(FADE_S * this.rate);
    this.from = this.last;
    this.last = 0;
  }

  drop() {
    let waiting = this.queue.reduce((sum, each) => sum + each.waiting, 0);
    for (const track of this.queue) {
      while (waiting > MOST_S * this.rate && track.parts.length) {
        const part = track.parts.shift();
        const lost = (part?.length ?? 0) - track.offset;
        track.offset = 0;
        track.waiting -= lost;
        waiting -= lost;
      }
    }
  }
}
