// What the scenes of both JavaScript SDKs share: a microphone, and waiting for what a client was told.

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const FRAME_BYTES = 1920; // 40 ms of 24 kHz PCM16

const [, , url, scene, pcm] = process.argv;

export { url };

/** Send the question as a microphone would. */
export async function say(send) {
  const speech = readFileSync(pcm);
  for (let start = 0; start < speech.length; start += FRAME_BYTES) {
    send(speech.subarray(start, start + FRAME_BYTES));
    await sleep(40);
  }
}

/** What came, in order; `until` waits for the first that is enough from `from` on. */
export class Seen {
  events = [];
  #waiting = [];

  push(event) {
    this.events.push(event);
    this.#waiting = this.#waiting.filter(({ enough, resolve }) => !enough(event) || resolve(event));
  }

  until(enough) {
    return new Promise((resolve) => this.#waiting.push({ enough, resolve }));
  }
}

/** Play the scene that was asked for, print what it found, and end. */
export async function play(scenes) {
  console.log(JSON.stringify(await scenes[scene]()));
  process.exit(0);
}
