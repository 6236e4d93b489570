/** @param {number} probability 0 to 1; never claims to be sure */
export function percent(probability) {
  if (probability < 0.01) return "<\u00a01\u00a0%";
  return probability > 0.99 ? ">\u00a099\u00a0%" : `${Math.round(100 * probability)}\u00a0%`; // in one line
}

/** @param {number} count @param {string} one @param {string} [many] */
export const counted = (count, one, many = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

/** Words as a sentence begins. @param {string} words */
export const sentence = (words) => words[0].toUpperCase() + words.slice(1);

/** The file name without its folder. @param {string} name */
export const shortName = (name) => name.slice(name.lastIndexOf("/") + 1);

/**
 * What to call photos that are shown together: the file name, with its folder where two have the same.
 * @param {{id: number, name: string}[]} photos
 * @returns {(photo: {name: string}) => string}
 */
export function namesAmong(photos) {
  const owners = new Map();
  for (const { id, name } of photos) owners.set(shortName(name), new Set([...(owners.get(shortName(name)) ?? []), id]));
  return ({ name }) => (owners.get(shortName(name))?.size > 1 ? name : shortName(name));
}

/** How sure the service is of a hit; empty where its model has no calibration. @param {any} hit */
export const chanceOf = (hit) => (hit.probability === null ? "" : percent(hit.probability));

/** @param {any} hit */
export function factsOf(hit) {
  if (hit.inliers === null) return `similarity ${hit.similarity.toFixed(2)}`;
  if (hit.transform === null) return "no geometry in common";
  if (hit.inliers === 0 && hit.verdict === "proved") return "the same picture, by its pixels";
  if (hit.witness !== null) return `through another photo, ${hit.inliers} points in all three`;
  return `${hit.inliers} of ${hit.correspondences} ${hit.by_keypoints ? "keypoints" : "points"} agree`;
}
