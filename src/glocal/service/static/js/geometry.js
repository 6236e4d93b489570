/** @typedef {{x: number, y: number, width: number, height: number}} Box */
/** @typedef {[number, number]} Point */

/** @param {string|null} text @returns {Box|null} */
export function boxOf(text) {
  if (!text) return null;
  const [x, y, width, height] = text.split(",").map(Number);
  return { x, y, width, height };
}

/** @param {Box} box */
export const textOf = (box) => [box.x, box.y, box.width, box.height].map((value) => Math.round(value)).join(",");

/** @param {Box} box @returns {Point[]} clockwise */
export const cornersOf = ({ x, y, width, height }) => [[x, y], [x + width, y], [x + width, y + height], [x, y + height]];

/**
 * Map a point by a projective transform.
 * @param {number[][]} transform 3 x 3
 * @param {Point} point
 * @returns {Point}
 */
export function project(transform, [x, y]) {
  const [u, v, w] = transform.map(([a, b, c]) => a * x + b * y + c);
  return [u / w, v / w];
}

/**
 * The CSS transform that lays one scaled picture over another.
 * @param {number[][]} transform pixels of the query to pixels of the photo
 * @param {number} from pixels on screen per pixel of the query
 * @param {number} to pixels on screen per pixel of the photo
 */
export function cssMatrix(transform, from, to) {
  const [[a, b, c], [d, e, f], [g, i, j]] = transform;
  const [m11, m12, m13] = [(a * to) / from, (b * to) / from, c * to];
  const [m21, m22, m23] = [(d * to) / from, (e * to) / from, f * to];
  const [m31, m32, m33] = [g / from, i / from, j];
  return `matrix3d(${[m11, m21, 0, m31, m12, m22, 0, m32, 0, 0, 1, 0, m13, m23, 0, m33].join(",")})`;
}

/**
 * A box kept inside a picture, at least 8 pixels a side.
 * @param {Box} box
 * @param {{width: number, height: number}} size
 * @returns {Box}
 */
export function inside(box, size) {
  const width = Math.min(Math.max(8, box.width), size.width);
  const height = Math.min(Math.max(8, box.height), size.height);
  const x = Math.min(Math.max(0, box.x), size.width - width);
  return { x, y: Math.min(Math.max(0, box.y), size.height - height), width, height };
}
