/** The server's key: kept for this tab only, shown to the server as a browser can. */

const PLACE = 'parley.key';

export function key() {
  return sessionStorage.getItem(PLACE);
}

/** @param {string} value */
export function keepKey(value) {
  sessionStorage.setItem(PLACE, value.trim());
}

export function forgetKey() {
  sessionStorage.removeItem(PLACE);
}

/** Subprotocols that show it: a browser sets no headers on WebSockets. @returns {string[]} */
export function keyProtocols() {
  const shown = key();
  return shown ? [`openai-insecure-api-key.${shown}`] : [];
}

/** @returns {Record<string, string>} */
export function keyHeaders() {
  const shown = key();
  return shown ? { authorization: `Bearer ${shown}` } : {};
}
