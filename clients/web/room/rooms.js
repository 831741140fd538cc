/** The view of rooms: the door, or the room itself. */

import { the } from '../dom.js';
import { settle } from '../notices.js';
import { invited } from './address.js';
import { control, showRoom, tellOver } from './controls.js';
import { Entry } from './entry.js';
import { Meeting } from './meeting.js';
import { keepSeat } from './seats.js';

export class Rooms {
  constructor() {
    this.meeting = new Meeting(
      () => this.show(),
      (trouble) => this.entry.say(trouble),
    );
    this.entry = new Entry((invitation, who, speaks) => this.meeting.enter(invitation, who, speaks));
    this.inside = false;
    this.over = '';
    control(this.meeting, () => this.leave());
  }

  /** The address names a room, or asks for a new one. */
  async enter() {
    const found = invited(location.hash);
    const invitation = found?.invitation ?? '';
    if (found?.host) {
      // Whoever copies the address invites, and does not make hosts.
      keepSeat(invitation, { host: found.host });
      history.replaceState(null, '', `#room=${invitation}`);
    }
    const there = this.meeting.wire || this.meeting.entering;
    if (there && this.meeting.invitation === invitation) return;
    if (there) this.meeting.leave();
    this.show();
    await this.entry.show(invitation);
  }

  /** Another view is shown: one is not in the room meanwhile. */
  pause() {
    settle('room');
    if (this.meeting.wire || this.meeting.entering) this.meeting.leave();
  }

  leave() {
    the('room-menu').hidePopover();
    settle('room');
    this.meeting.leave();
    void this.entry.show(this.meeting.invitation).then(() => the('door-name').focus());
  }

  /** Write it in the language of the interface. */
  speak() {
    this.entry.speak();
    showRoom(this.meeting);
  }

  show() {
    const inside = this.meeting.room !== null;
    the('door').hidden = inside;
    the('room').hidden = !inside;
    if (inside) showRoom(this.meeting);
    if (inside && !this.inside) the('room-title').focus();
    if (this.meeting.over && !this.over) tellOver(this.meeting, () => this.leave());
    this.over = this.meeting.over;
    this.inside = inside;
  }
}
