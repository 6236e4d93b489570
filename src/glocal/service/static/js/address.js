/**
 * What the page shows; all of it is in the URL, so that a link or a reload brings it back.
 * @typedef {object} Place
 * @property {"search"|"browse"|"duplicates"|"add"} page
 * @property {string} collection
 * @property {string[]} views what is looked for: "upload:ID" or "photo:ID"
 * @property {string|null} region "x,y,width,height" in pixels of the first view
 * @property {"balanced"|"fast"|"thorough"} mode how hard to look
 * @property {number} top most hits shown
 * @property {"sure"|"date"|"folder"|"place"} by how hits are arranged
 * @property {"newest"|"folders"|"albums"|"problems"} shelf what is browsed
 * @property {string|null} folder id of a photo whose folder is browsed
 * @property {string|null} open id of the photo whose proof is open
 * @property {"lines"|"aligned"|"attention"} proof how it is shown
 */

/** The address of the page itself, which may lie below a path of a proxy. */
export const HOME = new URL("../../../", import.meta.url).pathname;

export const TOP = 36;
export const MOST_HITS = 500;

/** How many hits "Show more" asks for. @param {Place} place */
export const moreThan = (place) => Math.min(place.top + TOP, MOST_HITS);

const PAGES = ["search", "browse", "duplicates", "add"];
const SHELVES = ["newest", "folders", "albums", "problems"];
const MODES = ["balanced", "fast", "thorough"];
const ARRANGEMENTS = ["sure", "date", "folder", "place"];
const PROOFS = ["lines", "aligned", "attention"];
const VIEW = /^(upload:[0-9a-f]{32}|photo:\d{1,16})$/;
const REGION = /^(-?[\d.]+,){3}-?[\d.]+$/;

/** @returns {Place} */
export function here() {
  const query = new URLSearchParams(location.search);
  const one = (name, allowed) => (allowed.includes(query.get(name)) ? query.get(name) : allowed[0]);
  const region = query.get("region");
  const number = (name) => (/^\d{1,16}$/.test(query.get(name) ?? "") ? query.get(name) : null);
  return {
    page: one("page", PAGES),
    collection: query.get("collection") ?? "",
    views: query.getAll("view").filter((view) => VIEW.test(view)).slice(0, 8),
    region: region && REGION.test(region) ? region : null,
    mode: one("mode", MODES),
    top: Math.min(Math.max(TOP, Number.parseInt(query.get("top") ?? "", 10) || TOP), MOST_HITS),
    by: one("by", ARRANGEMENTS),
    shelf: one("shelf", SHELVES),
    folder: number("folder"),
    open: number("open"),
    proof: one("proof", PROOFS),
  };
}

/**
 * @param {Partial<Place>} change what is to be different; the page stays the same otherwise
 * @returns {string}
 */
export function linkTo(change) {
  const place = { ...here(), ...change };
  const query = new URLSearchParams();
  if (place.collection) query.set("collection", place.collection);
  if (place.page !== "search") query.set("page", place.page);
  for (const view of place.page === "search" ? place.views : []) query.append("view", view);
  if (place.page === "search" && place.views.length) {
    if (place.region) query.set("region", place.region);
    if (place.mode !== MODES[0]) query.set("mode", place.mode);
    if (place.top !== TOP) query.set("top", String(place.top));
    if (place.by !== ARRANGEMENTS[0]) query.set("by", place.by);
    if (place.open) query.set("open", place.open);
    if (place.open && place.proof !== "lines") query.set("proof", place.proof);
  }
  if (place.page === "browse") {
    if (place.shelf !== SHELVES[0]) query.set("shelf", place.shelf);
    if (place.folder) query.set("folder", place.folder);
  }
  const text = query.toString().replaceAll("%3A", ":").replaceAll("%2C", ",");
  return text ? `${HOME}?${text}` : HOME;
}

/** Called when the place has changed. @type {Set<() => void>} */
const listeners = new Set();

/** @param {() => void} listener */
export const onMove = (listener) => listeners.add(listener);

/**
 * Go to another place.
 * @param {Partial<Place>} change
 * @param {{replace?: boolean}} [how] replace: the back button skips the place that is left
 */
export function go(change, { replace = false } = {}) {
  const link = linkTo(change);
  if (link === location.pathname + location.search) return;
  const opens = change.open && !here().open;
  if (replace) history.replaceState(change.open === null ? null : history.state, "", link);
  else history.pushState(opens ? { opened: true } : null, "", link);
  for (const listener of listeners) listener();
}

/** Close the proof: back to where it was opened, so that the back button does not open it again. */
export function close() {
  const { open, top } = here();
  if (!open) return;
  if (!history.state?.opened) return go({ open: null, proof: PROOFS[0] }, { replace: true });
  // Hits that were shown while it was open stay; this comes before the listener below, so that nothing is searched again.
  addEventListener("popstate", () => go({ top }, { replace: true }), { once: true, capture: true });
  history.back();
}

addEventListener("popstate", () => listeners.forEach((listener) => listener()));
