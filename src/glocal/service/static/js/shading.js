import { s } from "./dom.js";

/**
 * The cells of a photo that do not agree, as one shape.
 * @param {string[]} rows of the mask: "1" where a cell agrees
 * @param {number} x of the photo in the drawing
 * @param {number} y of the photo in the drawing
 * @param {number} width of the photo in the drawing
 * @param {number} height of the photo in the drawing
 */
export function shade(rows, x, y, width, height) {
  const [wide, high] = [width / rows[0].length, height / rows.length];
  const runs = rows.flatMap((row, number) => [...row.matchAll(/0+/g)].map((run) =>
    `M${(x + run.index * wide).toFixed(1)} ${(y + number * high).toFixed(1)}h${(run[0].length * wide).toFixed(1)}v${(high + 0.5).toFixed(1)}h${(-run[0].length * wide).toFixed(1)}z`));
  return s("path", { d: runs.join(""), class: "shade" });
}
