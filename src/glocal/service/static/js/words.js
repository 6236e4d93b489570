/** @param {number} probability 0 to 1; never claims to be sure */
export function percent(probability) {
  if (probability < 0.01) return "< 1 %";
  return probability > 0.99 ? "> 99 %" : `${Math.round(100 * probability)} %`;
}

/** @param {number} count @param {string} one @param {string} [many] */
export const counted = (count, one, many = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

/** The file name without its folder. @param {string} name */
export const shortName = (name) => name.slice(name.lastIndexOf("/") + 1);

/** Whether a hit belongs to those that show the same thing, as the service says. @param {any} hit */
export const isProved = (hit) => hit.verdict === "proved";

/** @param {any} hit */
export function factsOf(hit) {
  if (hit.inliers === null) return `similarity ${hit.similarity.toFixed(2)}`;
  if (hit.transform === null) return "no geometry in common";
  return `${hit.inliers} of ${hit.correspondences} points agree`;
}
