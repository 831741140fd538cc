/** The lines of a room: the others' on the left, one's own on the right, in the order in which they began. */

import { announce } from '../announcer.js';
import { follow, make, the } from '../dom.js';
import { languageName, say } from '../text/strings.js';

/** @typedef {import('./wire.js').Line} Line */
/** @typedef {import('./wire.js').Text} Text */

/** Milliseconds within which lines of one person stand together. */
const TOGETHER_MS = 60_000;

/** Lines that are kept on the page; the transcript has them all. */
const MOST = 500;

export class Captions {
  /** @param {() => { person: string, language: string, hears: boolean }} me */
  constructor(me) {
    this.me = me;
    this.list = the('captions');
    /** @type {Map<string, Shown>} */
    this.shown = new Map();
  }

  clear() {
    this.list.replaceChildren();
    this.shown.clear();
    the('room-empty').hidden = false;
  }

  /** @param {Line[]} lines @param {boolean} news whether they are to be announced when they are complete */
  show(lines, news) {
    follow(the('lines'), () => {
      for (const line of lines) this.put(line, news);
    });
    the('room-empty').hidden = this.shown.size > 0;
  }

  /** @param {Line} line @param {boolean} news */
  put(line, news) {
    const me = this.me();
    const own = line.texts[line.language];
    if (own?.final && !own.committed) {
      this.remove(line.id); // nothing was said after all
      return;
    }
    const given = line.texts[me.language];
    const mine = given?.final && !given.committed ? undefined : given; // what could not be translated is shown as it was said
    const shown = this.shown.get(line.id) ?? this.add(line);
    shown.put(mine ?? own, mine ? me.language : line.language, line.language === me.language || !mine ? null : own, line.language, me.language);
    if (news && mine?.final && !shown.told && line.person !== me.person) {
      shown.told = true;
      const aloud = me.hears && line.language !== me.language;
      if (!aloud) announce(`${line.name}: ${mine.committed}`, me.language);
    }
  }

  /** @param {Line} line @returns {Shown} */
  add(line) {
    const shown = new Shown(line, line.person === this.me().person);
    this.shown.set(line.id, shown);
    const after = [...this.list.children].reverse().find((each) => each instanceof HTMLElement && Number(each.dataset.began) <= line.began_at);
    if (after) after.after(shown.element);
    else this.list.prepend(shown.element);
    this.group(shown.element);
    const next = shown.element.nextElementSibling;
    if (next instanceof HTMLElement) this.group(next);
    while (this.list.childElementCount > MOST) this.forget();
    return shown;
  }

  /** A person's next line needs no name. @param {HTMLElement} element */
  group(element) {
    const before = element.previousElementSibling;
    const same =
      before instanceof HTMLElement &&
      before.dataset.person === element.dataset.person &&
      Number(element.dataset.began) - Number(before.dataset.began) < TOGETHER_MS;
    element.classList.toggle('same', same);
  }

  forget() {
    const first = this.list.firstElementChild;
    if (first instanceof HTMLElement) this.remove(first.dataset.line ?? '');
  }

  /** @param {string} id */
  remove(id) {
    const element = this.shown.get(id)?.element;
    const next = element?.nextElementSibling;
    element?.remove();
    this.shown.delete(id);
    if (next instanceof HTMLElement) this.group(next);
  }
}

/** One line on the page. */
class Shown {
  /** @param {Line} line @param {boolean} mine */
  constructor(line, mine) {
    this.told = false;
    this.solid = make('span');
    this.grey = make('span', { class: 'tentative' });
    this.text = make('p', { class: 'text', dir: 'auto' }, this.solid, this.grey);
    this.original = make('p', { class: 'original', dir: 'auto' });
    this.button = make('button', { type: 'button', class: 'show', 'aria-expanded': 'false', hidden: true, onclick: () => this.toggle() }, say('room.original'));
    this.tongue = make('span');
    const time = new Date(line.began_at);
    const meta = make('p', { class: 'meta' }, make('strong', { dir: 'auto' }, line.name), ' ');
    meta.append(make('time', { datetime: time.toISOString() }, time.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })), this.tongue);
    const data = { 'data-line': line.id, 'data-person': line.person, 'data-began': line.began_at };
    this.element = make('li', { class: `line ${mine ? 'mine' : 'theirs'}`, ...data }, meta, this.text, this.original, this.button);
  }

  /**
   * @param {Text | undefined} text
   * @param {string} language of the text
   * @param {Text | undefined | null} original
   * @param {string} spoken its language
   * @param {string} mine the reader's language
   */
  put(text, language, original, spoken, mine) {
    const committed = text?.committed ?? '';
    const tentative = text?.tentative ?? '';
    this.solid.textContent = committed;
    this.grey.textContent = tentative && committed && !/\s$/.test(committed) ? ` ${tentative}` : tentative;
    this.text.lang = language;
    const foreign = spoken === language && original === null && language !== mine;
    this.element.classList.toggle('foreign', foreign);
    this.tongue.textContent = foreign ? languageName(spoken) : '';
    this.element.classList.toggle('waiting', !committed && !tentative && !text?.final);
    this.element.classList.toggle('final', text?.final ?? false);
    const words = original ? [original.committed, original.tentative].filter(Boolean).join(' ') : '';
    this.original.textContent = words;
    this.original.lang = spoken;
    this.original.title = words && languageName(spoken);
    this.button.hidden = !words;
  }

  toggle() {
    const open = this.element.classList.toggle('open');
    this.button.setAttribute('aria-expanded', String(open));
  }
}
