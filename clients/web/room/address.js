/** Invitations as links: all that is secret stands in the fragment, which browsers send nowhere. */

/** @typedef {{ invitation: string, host: string }} Invited */

const TOKEN = /^[\w-]{8,200}$/;

/** @param {string} fragment @returns {Invited | null} */
export function invited(fragment) {
  const given = new URLSearchParams(fragment.replace(/^#/, ''));
  const invitation = given.get('room') ?? '';
  const host = given.get('host') ?? '';
  return TOKEN.test(invitation) ? { invitation, host: TOKEN.test(host) ? host : '' } : null;
}

/** @param {string} invitation @param {string} [host] makes whoever opens it a host @returns {string} */
export function link(invitation, host = '') {
  return `${location.origin}/#room=${invitation}${host && `&host=${host}`}`;
}

/** What somebody has pasted: a whole link, or what stands behind its #. @param {string} text @returns {Invited | null} */
export function pasted(text) {
  const at = text.indexOf('#');
  return invited(at < 0 ? text.trim() : text.slice(at).trim());
}

/** Whether only this machine can open the link. */
export function local() {
  return ['localhost', '127.0.0.1', '[::1]'].includes(location.hostname);
}
