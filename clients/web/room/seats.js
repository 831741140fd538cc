/** What this tab remembers of a room, by its invitation: the seat, which brings one back to the same place, and the host's token. */

/** @typedef {{ seat?: string, host?: string }} Seat */

/** @param {string} invitation */
function place(invitation) {
  return `parley.room.${invitation}`;
}

/** @param {string} invitation @returns {Seat} */
export function seat(invitation) {
  try {
    return JSON.parse(sessionStorage.getItem(place(invitation)) ?? '{}');
  } catch {
    return {};
  }
}

/** @param {string} invitation @param {Seat} changes */
export function keepSeat(invitation, changes) {
  sessionStorage.setItem(place(invitation), JSON.stringify({ ...seat(invitation), ...changes }));
}

/** The name and the language that somebody gave last, for the next time. */
export const habits = {
  get name() {
    return localStorage.getItem('parley.name') ?? '';
  },
  get language() {
    return localStorage.getItem('parley.language') ?? '';
  },
  /** @param {string} name @param {string} language */
  keep(name, language) {
    localStorage.setItem('parley.name', name);
    localStorage.setItem('parley.language', language);
  },
};
