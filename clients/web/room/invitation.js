/** Shows the link of a room, to be sent or scanned. */

import { rich, the } from '../dom.js';
import { say } from '../text/strings.js';
import { link, local } from './address.js';
import { qrCode } from './qr.js';

const SVG = 'http://www.w3.org/2000/svg';

/** Modules of light around the code, without which cameras do not find it. */
const QUIET = 4;

/** @param {string} invitation */
export function showInvitation(invitation) {
  const address = link(invitation);
  const field = /** @type {HTMLInputElement} */ (the('invite-link'));
  field.value = address;
  the('qr').replaceChildren(drawing(address));
  the('invite-note').replaceChildren(...(local() ? rich(say('invite.local')) : []));
  the('copy-link').textContent = say('invite.copy');
  /** @type {HTMLDialogElement} */ (the('invitation')).showModal();
  field.scrollLeft = 0;
}

export async function copyLink() {
  const field = /** @type {HTMLInputElement} */ (the('invite-link'));
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    the('copy-link').textContent = say('invite.copied');
  } catch {
    // Where a page may not write to the clipboard, the link is selected, to be copied by hand.
  }
}

/** @param {string} text @returns {SVGElement} */
function drawing(text) {
  const rows = qrCode(text);
  const side = rows.length + 2 * QUIET;
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', `0 0 ${side} ${side}`);
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', say('invite.qr'));
  svg.setAttribute('shape-rendering', 'crispEdges');
  const dark = document.createElementNS(SVG, 'path');
  const cells = rows.flatMap((row, y) => row.map((on, x) => (on ? `M${x + QUIET} ${y + QUIET}h1v1h-1z` : '')));
  dark.setAttribute('d', cells.join(''));
  svg.append(dark);
  return svg;
}
