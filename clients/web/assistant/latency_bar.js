/** How long one answer took, as a bar of its parts, with the figures behind it. */

import { make } from '../dom.js';
import { say, seconds } from '../text/strings.js';

const MARKS = ['endpoint', 'final', 'first_token', 'first_phrase', 'first_audio'];

/** @param {Record<string, number>} marks milliseconds after the last word @returns {HTMLElement | null} */
export function latencyBar(marks) {
  const reached = MARKS.filter((name) => marks[name] !== undefined).sort((a, b) => marks[a] - marks[b]);
  const last = reached.at(-1);
  if (last === undefined) return null;
  const track = make('span', { class: 'track', 'aria-hidden': 'true' });
  let before = 0;
  for (const name of reached) {
    const part = make('span', { class: `mark-${name}` });
    part.style.flexGrow = String(Math.max(0, marks[name] - before));
    before = Math.max(before, marks[name]);
    track.append(part);
  }
  const total = seconds(Math.max(0, marks[last]) / 1000, 2);
  const figures = reached.map((name) =>
    make('li', { class: `mark-${name}` }, make('span', {}, say(`latency.${name}`)), make('span', {}, seconds(marks[name] / 1000, 2))),
  );
  return make('details', { class: 'latency' }, make('summary', {}, track, say('assistant.answered', { time: total })), make('ul', {}, ...figures));
}
