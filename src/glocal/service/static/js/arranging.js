import { h } from "./dom.js";
import { MapFrame, nameOfPlace } from "./map-frame.js";
import { GROUPS } from "./verdicts.js";

/** What the ways to arrange hits are called. @type {Record<import("./address.js").Place["by"], string>} */
export const WAYS = { sure: "Surest first", date: "By date", folder: "By folder", place: "By place" };

const NEAR = 34; // pixels: marks that are nearer cover each other
const CANDIDATES = { verdict: "similar", title: "Candidates", meaning: "The most similar photos. Each is being checked." };
const isFound = (hit) => hit.verdict !== "similar";

/** When it was taken, as "2024-05-17..." or a part of it; empty if nobody says. People's own words come before the camera's. */
function dateOf({ photo }) {
  const { date } = { ...photo.exif, ...photo.metadata };
  return typeof date === "string" && /^\d{4}(-(0[1-9]|1[0-2])|$)/.test(date) ? date : "";
}

/** Where it was taken, in degrees; null if nobody says. */
function placeOf({ photo }) {
  const { latitude, longitude } = { ...photo.exif, ...photo.metadata };
  const isPlace = typeof latitude === "number" && typeof longitude === "number" && Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180;
  return isPlace ? { latitude, longitude } : null;
}

/**
 * Hits that are shown together.
 * @typedef {{title: string, meaning?: string, hits: any[], isSmall: boolean, factOf?: (hit: any) => string, id?: string}} Group
 */

/** Hits that are not checked yet. @param {any[]} hits @returns {Group[]} */
export const candidates = (hits) => [{ ...CANDIDATES, hits, isSmall: true }];

/**
 * The ways in which hits can be arranged: what nothing is known of is left out.
 * @param {any[]} hits
 */
export function waysFor(hits) {
  const found = hits.filter(isFound);
  const knows = {
    sure: true,
    date: found.some(dateOf),
    folder: new Set(found.map(({ photo }) => photo.folder)).size > 1,
    place: found.some(placeOf),
  };
  return Object.keys(WAYS).filter((way) => knows[way]);
}

/**
 * Buttons that choose a way; null where there is but one.
 * @param {string[]} ways
 * @param {string} chosen
 * @param {(way: any) => void} onChoose
 */
export function chooser(ways, chosen, onChoose) {
  if (ways.length < 2) return null;
  return h("div.shelves.arrange", { role: "group", "aria-label": "Order of the photos" }, ...ways.map((way) =>
    h("button", { type: "button", "aria-pressed": String(way === chosen), onclick: () => onChoose(way) }, WAYS[way])));
}

/**
 * Arrange checked hits. Those that are merely similar come last, whatever the way.
 * @param {any[]} hits in the order of the service
 * @param {string} way one of `waysFor(hits)`
 * @param {number} width for a map, pixels
 * @returns {{groups: Group[], places: {frame: MapFrame, groups: any[]}|null}}
 */
export function arranged(hits, way, width) {
  const verdicts = GROUPS.map((group) => ({ ...group, isSmall: group.verdict !== "proved", hits: hits.filter((hit) => hit.verdict === group.verdict) }));
  if (way === "sure") return { groups: filled(verdicts), places: null };
  const found = hits.filter(isFound);
  const places = way === "place" ? byPlace(found.filter(placeOf), width) : null;
  const groups = { date: () => byDate(found), folder: () => byFolder(found), place: () => [...places.groups, rest(found.filter((hit) => !placeOf(hit)), "Without a place")] };
  const unproved = { ...verdicts[verdicts.length - 1], factOf: undefined };
  return { groups: filled([...groups[way](), unproved]), places };
}

const filled = (groups) => groups.filter((group) => group.hits.length);
const rest = (hits, title) => ({ title, hits, isSmall: false, factOf: () => "" });

/** Months, the latest first. */
function byDate(hits) {
  const dated = hits.filter(dateOf).sort((a, b) => (dateOf(a) < dateOf(b) ? 1 : dateOf(a) > dateOf(b) ? -1 : 0));
  const nameOf = (month) => (month.length < 7 ? month : new Date(`${month}-01T00:00:00`).toLocaleDateString("en", { month: "long", year: "numeric" }));
  const months = [...groupedBy(dated, (hit) => dateOf(hit).slice(0, 7))];
  return [...months.map(([month, those]) => ({ title: nameOf(month), hits: those, isSmall: false, factOf: (hit) => dateOf(hit).slice(0, 10) })),
    rest(hits.filter((hit) => !dateOf(hit)), "Without a date")];
}

/** Folders by name; photos that were sent have none. */
function byFolder(hits) {
  const folders = [...groupedBy(hits, ({ photo }) => photo.folder)].sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true }));
  return folders.map(([folder, those]) => rest(those, folder || "Photos that were sent"));
}

/** Places whose marks would not cover each other on a map; the surest hit of each says where it is. */
function byPlace(hits, width) {
  const frame = new MapFrame(hits.map(placeOf), width);
  const groups = [];
  for (const hit of hits) {
    const { x, y } = frame.project(placeOf(hit));
    const near = groups.find((group) => Math.hypot(group.x - x, group.y - y) < NEAR);
    if (near) near.hits.push(hit);
    else groups.push({ x, y, place: placeOf(hit), name: nameOfPlace(placeOf(hit)), hits: [hit] });
  }
  const titled = groups.map((group, index) => ({ ...group, ...rest(group.hits, `${index + 1}: ${group.name}`), id: `place-${index + 1}` }));
  return { frame, groups: titled };
}

function groupedBy(hits, keyOf) {
  const groups = new Map();
  for (const hit of hits) groups.set(keyOf(hit), [...(groups.get(keyOf(hit)) ?? []), hit]);
  return groups;
}
