/** What a person has to know now, and what to do about it: one notice a matter, above the view. */

import { icon, make, rich, the } from './dom.js';
import { say } from './text/strings.js';

/**
 * @typedef {object} Notice
 * @property {string} text the name of two strings: with `.title` and with `.text` behind it
 * @property {string} [title] the name of a string; then `text` is the whole name of the other
 * @property {Record<string, string | number>} [values]
 * @property {'calm' | 'warning' | 'trouble'} [tone]
 * @property {{ text: string, act: () => void }[]} [actions]
 */

/** @param {string} matter @param {Notice} notice */
export function notify(matter, { text, title, values, tone = 'calm', actions = [] }) {
  const box = make('div', { class: `notice ${tone}`, role: tone === 'calm' ? 'status' : 'alert', 'data-matter': matter });
  const words = make('div', { class: 'words' }, make('strong', {}, say(title ?? `${text}.title`)), make('p', {}, ...rich(say(title ? text : `${text}.text`, values))));
  box.append(icon(tone === 'calm' ? 'info' : 'warning'), words);
  const buttons = actions.map(({ text, act }) => make('button', { type: 'button', class: 'quiet', onclick: act }, say(text)));
  if (buttons.length) box.append(make('div', { class: 'actions' }, ...buttons));
  const there = find(matter);
  if (there) there.replaceWith(box);
  else the('notices').append(box);
}

/** @param {string} matter */
export function settle(matter) {
  find(matter)?.remove();
}

/** @param {string} matter */
function find(matter) {
  return [...the('notices').children].find((each) => each instanceof HTMLElement && each.dataset.matter === matter);
}
