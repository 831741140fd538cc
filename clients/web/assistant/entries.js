/** Shows the conversation: one element an entry, changed in place. */

import { announce } from '../announcer.js';
import { follow, icon, make, the } from '../dom.js';
import { say } from '../text/strings.js';
import { latencyBar } from './latency_bar.js';

/** @typedef {import('./conversation.js').Entry} Entry */

export class Entries {
  /** @param {() => boolean} aloud whether replies are heard: what is heard is not read out a second time */
  constructor(aloud) {
    this.aloud = aloud;
    this.list = the('entries');
    this.box = the('turns');
    /** @type {Map<string, HTMLElement>} */
    this.shown = new Map();
    /** @type {Set<string>} */
    this.told = new Set();
  }

  /** @param {Entry[]} changed @param {(entry: Entry) => boolean} empty */
  show(changed, empty) {
    follow(this.box, () => {
      for (const entry of changed) {
        if (empty(entry)) this.remove(entry);
        else this.put(entry);
      }
    });
    the('welcome').hidden = this.shown.size > 0;
  }

  /** @param {Entry} entry */
  remove(entry) {
    this.shown.get(entry.id)?.remove();
    this.shown.delete(entry.id);
  }

  /** @param {Entry} entry */
  put(entry) {
    const element = make('li', { class: `entry ${entry.who}${entry.live ? ' live' : ''}`, 'data-item': entry.id }, ...this.parts(entry));
    const there = this.shown.get(entry.id);
    if (there) there.replaceWith(element);
    else this.list.append(element);
    this.shown.set(entry.id, element);
    this.tell(entry);
  }

  /** @param {Entry} entry @returns {Node[]} */
  parts(entry) {
    const speaker = { user: 'assistant.you', assistant: 'assistant.it', tool: 'assistant.tool' }[entry.who];
    /** @type {Node[]} */
    const parts = [make('span', { class: 'unseen' }, say(speaker)), words(entry)];
    if (entry.heard !== null && entry.heard < entry.text.length) parts.push(make('p', { class: 'note' }, say('assistant.stopped')));
    if (entry.failed) parts.push(make('p', { class: 'note bad' }, say('assistant.failed', { why: entry.failed })));
    const bar = entry.marks && latencyBar(entry.marks);
    if (bar) parts.push(bar);
    return parts;
  }

  /** Tell a screen reader, once, when all is said. @param {Entry} entry */
  tell(entry) {
    if (entry.live || entry.who === 'user' || this.told.has(entry.id)) return;
    this.told.add(entry.id);
    if (entry.failed) announce(say('assistant.failed', { why: entry.failed }));
    else if (entry.who === 'assistant' && !this.aloud()) announce(entry.text);
  }
}

/** @param {Entry} entry @returns {HTMLElement} */
function words(entry) {
  const text = make('p', { class: 'text', dir: 'auto' });
  if (entry.who === 'tool') text.append(icon('tool'), entry.text);
  else if (entry.who === 'user' && entry.live) {
    text.append(entry.text.slice(0, entry.stable));
    const tentative = entry.text.slice(entry.stable);
    if (tentative) text.append(make('span', { class: 'tentative' }, tentative));
  } else if (entry.heard !== null) {
    text.append(entry.text.slice(0, entry.heard));
    const unheard = entry.text.slice(entry.heard);
    if (unheard) text.append(make('span', { class: 'unheard' }, unheard));
  } else text.append(entry.text);
  return text;
}
