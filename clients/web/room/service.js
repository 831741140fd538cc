/** Plain requests about rooms. */

import { keyHeaders } from '../key.js';

/** @typedef {{ code: string, name: string, to: string[] }} Language */

/** Why a request was refused. */
export class Refused extends Error {
  /** @param {number} status @param {string} message */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** @param {string} path @param {RequestInit} [options] */
async function ask(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { cache: 'no-store', ...options });
  } catch (error) {
    throw new Refused(0, String(error));
  }
  if (response.ok) return response;
  const told = await response.json().catch(() => null);
  throw new Refused(response.status, told?.error?.message ?? `HTTP ${response.status}`);
}

/** @returns {Promise<Language[]>} those that are heard here */
export async function languages() {
  return (await (await ask('/v1/languages')).json()).languages;
}

/** All that somebody may choose: what is heard here, and what is only interpreted into. @param {Language[]} heard @returns {{ code: string, heard: boolean }[]} */
export function readable(heard) {
  const codes = new Set(heard.flatMap(({ code, to }) => [code, ...to]));
  return [...codes].map((code) => ({ code, heard: heard.some((each) => each.code === code) }));
}

/** @param {string} title @returns {Promise<{ invitation: string, host: string }>} @throws {Refused} */
export async function openRoom(title) {
  const headers = { 'content-type': 'application/json', ...keyHeaders() };
  return (await ask('/v1/rooms', { method: 'POST', headers, body: JSON.stringify(title ? { title } : {}) })).json();
}

/** @param {string} invitation @returns {Promise<{ title: string, locked: boolean }>} @throws {Refused} */
export async function look(invitation) {
  return (await ask('/v1/rooms/invitation', { headers: bearer(invitation) })).json();
}

/** @param {string} invitation @returns {Record<string, string>} */
export function bearer(invitation) {
  return { authorization: `Bearer ${invitation}` };
}

/** Give the person a file with all that was said. @param {string} invitation @param {string} format @throws {Refused} */
export async function download(invitation, format) {
  const response = await ask(`/v1/rooms/transcript?format=${format}`, { headers: bearer(invitation) });
  const named = /filename="([^"]+)"/.exec(response.headers.get('content-disposition') ?? '');
  const url = URL.createObjectURL(await response.blob());
  const anchor = document.createElement('a');
  anchor.href = url;
  anchor.download = named?.[1] ?? `transcript.${format}`;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
