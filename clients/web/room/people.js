/** Who is in the room. */

import { announce } from '../announcer.js';
import { icon, make, the } from '../dom.js';
import { languageName, say } from '../text/strings.js';

/** @typedef {import('./wire.js').Person} Person */

const HUES = 8;

/**
 * @param {Person[]} people
 * @param {string} me
 * @param {((person: Person) => void) | null} remove what the host does to somebody
 */
export function showPeople(people, me, remove) {
  the('people').replaceChildren(...people.map((person) => chip(person, person.id === me)));
  const others = people.filter((person) => person.id !== me);
  const rows = others.map((person) => {
    const text = say('room.remove', { name: person.name });
    return make('li', {}, make('button', { type: 'button', class: 'secondary', onclick: () => remove?.(person) }, text));
  });
  const list = the('removals');
  // Whoever is about to press a button keeps it: the list is told again with every word that somebody says.
  const known = others.map((person) => `${person.id} ${person.name}`).join('\n');
  if (list.dataset.known !== known || !remove) list.replaceChildren(...(remove ? rows : []));
  list.dataset.known = remove ? known : '';
}

/** @param {Person} person @param {boolean} mine */
function chip(person, mine) {
  const states = [person.host && 'host', person.away && 'away', person.muted && 'muted', person.speaking && 'speaking'].filter(Boolean);
  const number = Number(/\d+/.exec(person.id)?.[0] ?? 0) % HUES;
  const initial = [...person.name.trim()][0] ?? '?';
  const name = make('span', { class: 'name', dir: 'auto' }, mine ? say('room.person.you', { name: person.name }) : person.name);
  const language = make('span', { class: 'muted' }, languageName(person.language));
  const told = make('span', { class: 'unseen' }, states.map((state) => say(`room.person.${state}`)).join(', '));
  const element = make('li', { class: `person ${states.join(' ')}`, 'data-person': person.id });
  element.append(make('span', { class: `initial hue-${number}`, 'aria-hidden': 'true' }, initial), make('span', { class: 'who' }, name, language), told);
  if (person.muted) element.append(icon('mic-off'));
  return element;
}

/** Tell who has come and who has gone. @param {Person[]} before @param {Person[]} now @param {string} me */
export function announcePeople(before, now, me) {
  for (const person of now) if (person.id !== me && !before.some(({ id }) => id === person.id)) announce(say('room.joined', { name: person.name }));
  for (const person of before) if (person.id !== me && !now.some(({ id }) => id === person.id)) announce(say('room.gone', { name: person.name }));
}
