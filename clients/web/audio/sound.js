/** The page's one audio context: browsers start it only after somebody has pressed something. */

/** @type {AudioContext | null} */
let context = null;

/** @type {Map<string, Promise<void>>} */
const loaded = new Map();

/** Whether sound can be recorded and played here at all: worklets and microphones exist only in secure contexts. */
export function possible() {
  return isSecureContext && 'AudioWorkletNode' in globalThis;
}

/** Return the context; to be called while a press is handled, which is when it may start. @returns {AudioContext} */
export function running() {
  context ??= new AudioContext({ latencyHint: 'interactive' });
  wake();
  return context;
}

/** A telephone call, or a page that was put away, stops it. */
function wake() {
  if (context && context.state !== 'running') void context.resume();
}

for (const press of ['pointerdown', 'keydown']) addEventListener(press, wake);

/**
 * Return a node that runs one of our worklets.
 * @param {AudioContext} context
 * @param {'capture' | 'playback'} name
 * @param {AudioWorkletNodeOptions} options
 */
export async function worklet(context, name, options) {
  const there = loaded.get(name) ?? context.audioWorklet.addModule(new URL(`${name}.worklet.js`, import.meta.url));
  loaded.set(name, there);
  there.catch(() => loaded.delete(name)); // the connection may have been lost: it is fetched again next time
  await there;
  return new AudioWorkletNode(context, name, options);
}
