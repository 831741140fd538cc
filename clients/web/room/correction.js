/** Reed-Solomon codes over GF(256), as QR codes have them. */

/** @param {number} a @param {number} b */
function times(a, b) {
  let product = 0;
  for (let bit = 7; bit >= 0; bit--) {
    product = (product << 1) ^ ((product >> 7) * 0x11d);
    product ^= ((b >> bit) & 1) * a;
  }
  return product;
}

/** @param {number} degree @returns {number[]} the generator's coefficients without the first, which is 1 */
export function generator(degree) {
  const found = [...new Array(degree - 1).fill(0), 1];
  for (let n = 0, root = 1; n < degree; n++, root = times(root, 2)) {
    for (let k = 0; k < degree; k++) found[k] = times(found[k], root) ^ (found[k + 1] ?? 0);
  }
  return found;
}

/** @param {number[]} data @param {number[]} divisor @returns {number[]} */
export function remainder(data, divisor) {
  const rest = new Array(divisor.length).fill(0);
  for (const byte of data) {
    const factor = byte ^ rest.shift();
    rest.push(0);
    divisor.forEach((coefficient, n) => (rest[n] ^= times(coefficient, factor)));
  }
  return rest;
}
