/** Finds out why a WebSocket was not opened: browsers do not tell, but the same address answers a plain request. */

/**
 * @typedef {'open' | 'key' | 'forbidden' | 'busy' | 'starting' | 'away' | 'unknown-room' | 'closed-room'} Answer
 */

/** Answers after which trying again by itself may help. */
export const PASSING = new Set(['open', 'busy', 'starting', 'away']);

/**
 * @param {string} path
 * @param {Record<string, string>} headers
 * @returns {Promise<Answer>}
 */
export async function knock(path, headers) {
  let response;
  try {
    response = await fetch(path, { headers, cache: 'no-store' });
  } catch {
    return 'away';
  }
  switch (response.status) {
    case 401:
      return 'key';
    case 403:
      return 'forbidden';
    case 404:
      return 'unknown-room';
    case 410:
      return 'closed-room';
    case 429:
      return 'busy';
    case 503:
      return (await ready()) ? 'busy' : 'starting';
    default:
      return 'open';
  }
}

/** Whether the server would take conversations if it had room: while its models load, and while it ends, it does not. */
async function ready() {
  try {
    const told = await (await fetch('/readyz', { cache: 'no-store' })).json();
    return told.status === 'ready' || told.status === 'busy';
  } catch {
    return false;
  }
}
