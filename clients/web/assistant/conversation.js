/** What was said: the protocol's events, folded into entries in the order in which they are shown. Knows nothing of pages. */

/**
 * @typedef {object} Entry
 * @property {string} id of the item
 * @property {'user' | 'assistant' | 'tool'} who
 * @property {string} text
 * @property {number} stable characters of it that will not change
 * @property {boolean} live it is still being said
 * @property {number | null} heard characters that were heard, of a reply that was stopped
 * @property {string} response to which it belongs
 * @property {Record<string, number> | null} marks milliseconds after the last word
 * @property {string} failed what went wrong
 */

export class Conversation {
  constructor() {
    /** @type {Entry[]} */
    this.entries = [];
    /** @type {Map<string, Record<string, number>>} */
    this.marks = new Map();
    this.response = '';
    this.heard = '';
    this.count = 0;
  }

  /** @param {string} id */
  find(id) {
    return this.entries.find((entry) => entry.id === id);
  }

  /** A reply is being made. */
  get answering() {
    return this.response !== '';
  }

  /**
   * Take one event of the server.
   * @param {any} event
   * @returns {Entry[]} entries that are new, or have changed
   */
  take(event) {
    switch (event.type) {
      case 'input_audio_buffer.speech_started':
        return [this.enter(event.item_id, 'user')];
      case 'x.transcript.partial':
        return [this.put(this.enter(event.item_id, 'user'), { text: event.text, stable: event.stable_chars })];
      case 'input_audio_buffer.committed':
        return [this.enter(event.item_id, 'user')];
      case 'conversation.item.input_audio_transcription.completed':
        return this.understood(event.item_id, event.transcript);
      case 'conversation.item.input_audio_transcription.failed':
        return [this.put(this.enter(event.item_id, 'user'), { live: false, failed: event.error.message })];
      case 'conversation.item.added':
      case 'conversation.item.retrieved':
        return this.item(event.item, event.type.endsWith('retrieved'));
      case 'response.output_audio_transcript.delta':
      case 'response.output_text.delta': {
        const entry = this.enter(event.item_id, 'assistant', event.response_id);
        return [this.put(entry, { text: entry.text + event.delta })];
      }
      case 'response.output_audio_transcript.done':
        return this.complete(event.item_id, event.transcript);
      case 'response.output_text.done':
        return this.complete(event.item_id, event.text);
      case 'x.tool': {
        const entry = this.enter(`tool-${++this.count}`, 'tool', event.response_id);
        return [this.put(entry, { text: called(event.name, event.arguments), live: false })];
      }
      case 'x.routed': {
        if (event.to === 'small' || event.to === 'ask') return [];
        const entry = this.enter(`asked-${++this.count}`, 'tool', event.response_id);
        return [this.put(entry, { text: `→ ${event.to}`, live: false })];
      }
      case 'response.created':
        this.response = event.response.id;
        return [];
      case 'x.latency':
        this.marks.set(event.response_id, event.marks_ms);
        return [];
      case 'response.done':
        return this.done(event.response);
      case 'resumed':
        return this.resumed();
      default:
        return [];
    }
  }

  /** The person wrote something, which the server is told of when it can be. @param {string} id @param {string} text @returns {Entry[]} */
  wrote(id, text) {
    return [this.put(this.enter(id, 'user'), { text, stable: text.length, live: false })];
  }

  /** Entries that are empty for good are shown no more. @param {Entry} entry */
  empty(entry) {
    return !entry.live && !entry.text && !entry.failed;
  }

  /** @param {string} id @param {Entry['who']} who @param {string} response @returns {Entry} */
  enter(id, who, response = '') {
    const there = this.find(id);
    if (there) return there;
    const entry = { id, who, text: '', stable: 0, live: true, heard: null, response, marks: null, failed: '' };
    this.entries.push(entry);
    return entry;
  }

  /** @param {Entry} entry @param {Partial<Entry>} changes @returns {Entry} */
  put(entry, changes) {
    return Object.assign(entry, changes);
  }

  /** @param {string} id @param {string} text @returns {Entry[]} */
  understood(id, text) {
    const entry = this.put(this.enter(id, 'user'), { text, stable: text.length, live: false });
    return [entry, ...this.takenUp(entry)];
  }

  /**
   * Who goes on after a pause, before the answer was heard, has said one thing: its words come again with the rest.
   * @param {Entry} entry
   * @returns {Entry[]}
   */
  takenUp(entry) {
    const at = this.entries.indexOf(entry);
    for (let n = at - 1; n >= 0; n--) {
      const before = this.entries[n];
      if (before.who === 'user') {
        const words = plain(before.text);
        if (!words || !plain(entry.text).startsWith(words) || entry.text.length <= before.text.length) return [];
        return this.entries.slice(n, at).map((each) => this.put(each, { text: '', live: false, failed: '' }));
      }
      if (before.live || before.heard !== 0) return [];
    }
    return [];
  }

  /** @param {string} id @param {string} text @returns {Entry[]} */
  complete(id, text) {
    return [this.put(this.enter(id, 'assistant'), { text, live: false })];
  }

  /** @param {any} item @param {boolean} retrieved @returns {Entry[]} */
  item(item, retrieved) {
    const text = (item.content ?? []).map((/** @type {any} */ part) => part.text ?? part.transcript ?? '').join('');
    if (item.type === 'function_call') {
      return [this.put(this.enter(item.id, 'tool', this.response), { text: called(item.name, arguments_(item.arguments)), live: false })];
    }
    if (item.type !== 'message' || item.role === 'system') return [];
    const there = this.find(item.id);
    if (there && !retrieved) return [there];
    const entry = this.enter(item.id, item.role, item.role === 'assistant' ? this.response : '');
    if (there && item.role === 'assistant') return [this.put(entry, { heard: Math.min(text.length, entry.text.length) })];
    const written = item.content?.[0]?.type === 'input_text' || retrieved;
    return [this.put(entry, written ? { text, stable: text.length, live: false } : {})];
  }

  /** @param {any} response @returns {Entry[]} */
  done(response) {
    if (this.response === response.id) this.response = '';
    const stopped = response.status === 'cancelled';
    const failed = response.status_details?.error?.message ?? '';
    const marks = this.marks.get(response.id) ?? null;
    this.marks.delete(response.id);
    const mine = this.entries.filter((entry) => entry.response === response.id && entry.who === 'assistant');
    if (failed && !mine.length) mine.push(this.enter(`failed-${++this.count}`, 'assistant', response.id));
    for (const entry of mine) {
      this.put(entry, { live: false, failed });
      if (stopped && entry.heard === null) entry.heard = 0;
    }
    if (mine.length) mine[0].marks = marks;
    return mine;
  }

  /** What was being said when the connection broke will not be completed. @returns {Entry[]} */
  resumed() {
    this.response = '';
    return this.entries.filter((entry) => entry.live).map((entry) => this.put(entry, { live: false }));
  }
}

/** @param {string} text */
function plain(text) {
  return text.toLowerCase().replace(/[^\p{L}\p{N} ]/gu, '').trim();
}

/** @param {string} name @param {Record<string, unknown>} given */
function called(name, given) {
  const values = Object.entries(given).map(([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return values.length ? `${name} · ${values.join(', ')}` : name;
}

/** @param {string} text @returns {Record<string, unknown>} */
function arguments_(text) {
  try {
    const given = JSON.parse(text || '{}');
    return typeof given === 'object' && given ? given : {};
  } catch {
    return {};
  }
}
