/** The page's one audio context: browsers start it only after somebody has pressed something. */

/** @type {AudioContext | null} */
let context = null;

/** @type {Map<string, Promise<void>>} */
const loaded = new Map();

/** Whether sound can be recorded and played here at all: worklets and microphones exist only in secure contexts. */
export function possible() {
  return isSecureContext && 'AudioWorkletNode' in globalThis;
}

/** Return the context, running; to be called while a press is handled. @returns {Promise<AudioContext>} */
export async function running() {
  context ??= new AudioContext({ latencyHint: 'interactive' });
  if (context.state !== 'running') await context.resume();
  return context;
}

/**
 * Return a node that runs one of our worklets.
 * @param {AudioContext} context
 * @param {'capture' | 'playback'} name
 * @param {AudioWorkletNodeOptions} options
 */
export async function worklet(context, name, options) {
  const there = loaded.get(name) ?? context.audioWorklet.addModule(new URL(`${name}.worklet.js`, import.meta.url));
  loaded.set(name, there);
  await there;
  return new AudioWorkletNode(context, name, options);
}
