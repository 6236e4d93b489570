/**
 * The groups that hits are shown in, by the service's verdict, surest first.
 * @type {{verdict: "proved"|"likely"|"similar", title: string, meaning: string}[]}
 */
export const GROUPS = [
  { verdict: "proved", title: "Proved", meaning: "Geometry shows that these are the same thing." },
  { verdict: "likely", title: "Likely", meaning: "More likely the same thing than not, without a proof." },
  { verdict: "similar", title: "Similar", meaning: "These look alike; nothing says that they show the same thing." },
];

/**
 * What was found, in a few words: "3 proved, 34 likely". Where the list is full of such hits, there may be more.
 * @param {any[]} hits in the order of the service
 * @param {number} top how many hits were asked for
 */
export function summaryOf(hits, top) {
  const count = (verdict) => hits.filter((hit) => hit.verdict === verdict).length;
  const found = GROUPS.slice(0, 2).map(({ verdict }) => ({ verdict, number: count(verdict) })).filter(({ number }) => number);
  if (!found.length) return "No photo here provably shows the same thing";
  const isCut = hits.length >= top && hits.every((hit) => hit.verdict !== "similar");
  const last = found.length - 1;
  return found.map(({ verdict, number }, index) => `${number}${isCut && index === last ? " or more" : ""} ${verdict}`).join(", ");
}
