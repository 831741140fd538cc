/** QR codes (ISO/IEC 18004) of texts up to 213 bytes: byte mode, error correction M, versions 1 to 10. */

import { generator, remainder } from './correction.js';

/** By version, from 1: codewords in all, of error correction in each block, and blocks. */
const SIZES = [[26, 10, 1], [44, 16, 1], [70, 26, 1], [100, 18, 2], [134, 24, 2], [172, 16, 4], [196, 18, 4], [242, 22, 4], [292, 22, 5], [346, 26, 5]];

const LEVEL_M = 0;

/** @typedef {{ size: number, dark: Uint8Array, fixed: Uint8Array }} Grid */

/**
 * @param {string} text
 * @returns {boolean[][]} rows of modules, true where it is dark, without the quiet zone
 */
export function qrCode(text) {
  const bytes = new TextEncoder().encode(text);
  const version = fitting(bytes.length);
  const size = 17 + 4 * version;
  const grid = { size, dark: new Uint8Array(size * size), fixed: new Uint8Array(size * size) };
  drawPatterns(grid, version);
  drawData(grid, withCorrection(version, message(version, bytes)));
  return best(grid);
}

/** @param {number} count of bytes @returns {number} */
function fitting(count) {
  for (let version = 1; version <= SIZES.length; version++) {
    if (count + (version < 10 ? 2 : 3) <= capacity(version)) return version;
  }
  throw new RangeError(`${count} bytes are too many for a QR code here.`);
}

/** @param {number} version @returns {number} codewords of data */
function capacity(version) {
  const [all, correction, blocks] = SIZES[version - 1];
  return all - correction * blocks;
}

/** @param {number} version @param {Uint8Array} bytes @returns {number[]} */
function message(version, bytes) {
  /** @type {number[]} */
  const bits = [];
  const put = (/** @type {number} */ value, /** @type {number} */ count) => {
    for (let n = count - 1; n >= 0; n--) bits.push((value >> n) & 1);
  };
  put(4, 4);
  put(bytes.length, version < 10 ? 8 : 16);
  for (const byte of bytes) put(byte, 8);
  const room = 8 * capacity(version);
  put(0, Math.min(4, room - bits.length));
  put(0, (8 - (bits.length % 8)) % 8);
  for (let pad = 0xec; bits.length < room; pad ^= 0xec ^ 0x11) put(pad, 8);
  return Array.from({ length: room / 8 }, (_, n) => bits.slice(8 * n, 8 * n + 8).reduce((sum, bit) => 2 * sum + bit, 0));
}

/** @param {number} version @param {number[]} data @returns {number[]} codewords of all blocks, interleaved */
function withCorrection(version, data) {
  const [all, correction, count] = SIZES[version - 1];
  const short = Math.floor(all / count) - correction;
  const shorts = count - (all % count);
  const divisor = generator(correction);
  const blocks = [];
  for (let n = 0, at = 0; n < count; n++) {
    const length = short + (n < shorts ? 0 : 1);
    const part = data.slice(at, at + length);
    at += length;
    blocks.push({ part, rest: remainder(part, divisor) });
  }
  const out = [];
  for (let n = 0; n <= short; n++) for (const { part } of blocks) if (n < part.length) out.push(part[n]);
  for (let n = 0; n < correction; n++) for (const { rest } of blocks) out.push(rest[n]);
  return out;
}

// --- drawing ---

/** @param {Grid} grid @param {number} x @param {number} y @param {boolean | number} dark */
function fix(grid, x, y, dark) {
  grid.dark[y * grid.size + x] = Number(dark);
  grid.fixed[y * grid.size + x] = 1;
}

/** @param {Grid} grid @param {number} version */
function drawPatterns(grid, version) {
  const { size } = grid;
  for (let n = 0; n < size; n++) {
    fix(grid, 6, n, n % 2 === 0);
    fix(grid, n, 6, n % 2 === 0);
  }
  for (const [x, y] of [[3, 3], [size - 4, 3], [3, size - 4]]) drawSquare(grid, x, y, 4, (ring) => ring !== 2 && ring !== 4);
  const places = alignments(version);
  for (const x of places) {
    for (const y of places) {
      const corner = (x === 6 && (y === 6 || y === size - 7)) || (x === size - 7 && y === 6);
      if (!corner) drawSquare(grid, x, y, 2, (ring) => ring !== 1);
    }
  }
  drawFormat(grid, 0);
  if (version >= 7) drawVersion(grid, version);
}

/** @param {Grid} grid @param {number} cx @param {number} cy @param {number} reach @param {(ring: number) => boolean} dark */
function drawSquare(grid, cx, cy, reach, dark) {
  for (let dy = -reach; dy <= reach; dy++) {
    for (let dx = -reach; dx <= reach; dx++) {
      const [x, y] = [cx + dx, cy + dy];
      if (x >= 0 && x < grid.size && y >= 0 && y < grid.size) fix(grid, x, y, dark(Math.max(Math.abs(dx), Math.abs(dy))));
    }
  }
}

/** @param {number} version @returns {number[]} */
function alignments(version) {
  if (version === 1) return [];
  const last = 10 + 4 * version;
  return version < 7 ? [6, last] : [6, (last + 6) / 2, last];
}

/** @param {number} data @param {number} divisor @param {number} count of check bits */
function checked(data, divisor, count) {
  let rest = data;
  for (let n = 0; n < count; n++) rest = (rest << 1) ^ ((rest >> (count - 1)) * divisor);
  return (data << count) | rest;
}

/** @param {Grid} grid @param {number} mask */
function drawFormat(grid, mask) {
  const bits = checked((LEVEL_M << 3) | mask, 0x537, 10) ^ 0x5412;
  const bit = (/** @type {number} */ n) => (bits >> n) & 1;
  const { size } = grid;
  for (let n = 0; n <= 5; n++) fix(grid, 8, n, bit(n));
  fix(grid, 8, 7, bit(6));
  fix(grid, 8, 8, bit(7));
  fix(grid, 7, 8, bit(8));
  for (let n = 9; n < 15; n++) fix(grid, 14 - n, 8, bit(n));
  for (let n = 0; n < 8; n++) fix(grid, size - 1 - n, 8, bit(n));
  for (let n = 8; n < 15; n++) fix(grid, 8, size - 15 + n, bit(n));
  fix(grid, 8, size - 8, 1);
}

/** @param {Grid} grid @param {number} version */
function drawVersion(grid, version) {
  const bits = checked(version, 0x1f25, 12);
  for (let n = 0; n < 18; n++) {
    const [a, b] = [grid.size - 11 + (n % 3), Math.floor(n / 3)];
    fix(grid, a, b, (bits >> n) & 1);
    fix(grid, b, a, (bits >> n) & 1);
  }
}

/** Up and down in columns of two, from the right. @param {Grid} grid @param {number[]} words */
function drawData(grid, words) {
  const { size } = grid;
  let n = 0;
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5;
    const up = ((right + 1) & 2) === 0;
    for (let k = 0; k < size; k++) {
      for (const x of [right, right - 1]) {
        const place = (up ? size - 1 - k : k) * size + x;
        if (grid.fixed[place] || n >= 8 * words.length) continue;
        grid.dark[place] = (words[n >> 3] >> (7 - (n & 7))) & 1;
        n++;
      }
    }
  }
}

/** @type {((x: number, y: number) => boolean)[]} */
const MASKS = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

/** Return the rows under the mask that is read most easily. @param {Grid} grid @returns {boolean[][]} */
function best(grid) {
  const tried = MASKS.map((mask, number) => {
    const masked = { ...grid, dark: grid.dark.map((dark, n) => (grid.fixed[n] ? dark : dark ^ Number(mask(n % grid.size, Math.floor(n / grid.size))))) };
    drawFormat(masked, number);
    const rows = Array.from({ length: grid.size }, (_, y) => [...masked.dark.subarray(y * grid.size, (y + 1) * grid.size)].map(Boolean));
    return { rows, penalty: penalty(rows) };
  });
  return tried.reduce((least, each) => (each.penalty < least.penalty ? each : least)).rows;
}

/** @param {boolean[][]} rows */
function penalty(rows) {
  const size = rows.length;
  const columns = rows.map((_, x) => rows.map((row) => row[x]));
  let sum = 0;
  for (const line of [...rows, ...columns]) sum += runs(line) + finders(line);
  for (let y = 1; y < size; y++) {
    for (let x = 1; x < size; x++) {
      const here = rows[y][x];
      if (rows[y][x - 1] === here && rows[y - 1][x] === here && rows[y - 1][x - 1] === here) sum += 3;
    }
  }
  const dark = rows.flat().filter(Boolean).length / (size * size);
  return sum + 10 * Math.floor(Math.abs(100 * dark - 50) / 5);
}

/** @param {boolean[]} line */
function runs(line) {
  let sum = 0;
  for (let start = 0, n = 1; n <= line.length; n++) {
    if (n < line.length && line[n] === line[start]) continue;
    if (n - start >= 5) sum += n - start - 2;
    start = n;
  }
  return sum;
}

/** What looks like a corner's pattern, with light on one side. @param {boolean[]} line */
function finders(line) {
  const text = line.map(Number).join('');
  return 40 * [...text.matchAll(/(?=10111010000|00001011101)/g)].length;
}
