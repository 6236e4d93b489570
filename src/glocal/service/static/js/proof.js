import { addressOf, askJson } from "./api.js";
import { close, go, moreThan, TOP } from "./address.js";
import { aligned } from "./aligned.js";
import { attention } from "./attention.js";
import { breakable, h, say } from "./dom.js";
import { judgeButtons } from "./judging.js";
import { lines } from "./lines.js";
import { GROUPS } from "./verdicts.js";
import { chanceOf, factsOf, percent } from "./words.js";

/** What stands beside a hit, in words: a photo of the reader's, or the hit that proves it. */
const BESIDE = { query: { whole: "your photo", short: "Yours" }, witness: { whole: "the photo between", short: "Between" } };
const WAYS = { lines: ["Side by side", lines], aligned: ["Aligned", aligned], attention: ["Attention", attention] };

/** @type {HTMLDialogElement|null} */
let dialog = null;
let drawn = "";

/** The photo beyond which more hits were asked for; the next one is opened when they are there. */
let beyond = "";

/**
 * What a search found.
 * @typedef {object} Found
 * @property {any[]} hits as they are shown
 * @property {boolean} hasMore whether it can be asked for more
 * @property {number} top how many it was asked for
 * @property {string} query what was looked for
 */

/**
 * Open, change or close the proof, as the address says.
 * @param {import("./address.js").Place} place
 * @param {Found} found by the search, for this many hits or, while more are looked for, for fewer
 */
export function openProof(place, found) {
  const { hits } = found;
  const index = hits.findIndex((hit) => String(hit.photo.id) === place.open);
  if (index < 0) {
    dialog?.close();
    return;
  }
  if (!dialog) {
    dialog = /** @type {HTMLDialogElement} */ (h("dialog.proof", { "aria-labelledby": "proof-title" }));
    dialog.addEventListener("close", () => { dialog.remove(); dialog = null; drawn = beyond = ""; close(); });
    dialog.addEventListener("keydown", (event) => keys(event));
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    document.body.append(dialog);
    dialog.showModal();
  }
  const after = beyond === place.open ? hits[index + 1] : null;
  if (found.top >= place.top) beyond = "";
  if (after) go({ open: String(after.photo.id) }, { replace: true });
  else draw(place, found, index);
}

function keys(event) {
  if (event.target.matches("input")) return;
  const name = { ArrowLeft: ".previous", ArrowRight: ".next" }[event.key];
  if (name && !event.target.matches("[role=tab]")) dialog.querySelector(name)?.click();
}

async function draw(place, found, index) {
  const hit = found.hits[index];
  const isWitnessed = hit.witness !== null;
  const view = isWitnessed ? `photo:${hit.witness}` : place.views[hit.view];
  const region = !isWitnessed && hit.view === 0 ? place.region : null;
  const key = JSON.stringify([place.collection, view, region, hit.photo.id, place.proof, place.mode, found.hits[index + 1]?.photo.id ?? found.hasMore]);
  if (key === drawn) return;
  drawn = key;
  const had = document.activeElement?.closest("[data-keep]")?.getAttribute("data-keep");
  const body = h("div.body", { role: "tabpanel", "aria-label": WAYS[place.proof][0] }, h("p.note", {}, "Drawing the proof…"));
  dialog.replaceChildren(top(place, found, index), tabs(place), body, bottom(place, hit, view, region));
  dialog.querySelector(`[data-keep="${had ?? "close"}"]`)?.focus();
  try {
    const query = new URLSearchParams({ view, mode: place.mode, ...(region ? { region } : {}) });
    const proof = await askJson(`/collections/${place.collection}/photos/${hit.photo.id}/proof?${query}`);
    if (key === drawn) body.replaceChildren(WAYS[place.proof][1]({ place, view, region, hit, proof, beside: BESIDE[isWitnessed ? "witness" : "query"] }));
  } catch (error) {
    if (key === drawn) body.replaceChildren(h("p.empty", {}, error.message));
  }
}

function top(place, { hits, hasMore }, index) {
  const hit = hits[index];
  const step = (by, name, sign, more) => h(`button.${name}`, {
    type: "button", "data-keep": name, "aria-label": `${name} photo`, disabled: !hits[index + by] && !more,
    onclick: () => (hits[index + by] ? go({ open: String(hits[index + by].photo.id) }, { replace: true }) : lookBeyond(place)),
  }, sign);
  return h("header", {},
    h("div.title", {},
      h("h2", { id: "proof-title" }, ...breakable(hit.photo.name)),
      h("p", {}, h(`b.verdict.${hit.verdict}`, {}, `${GROUPS.find((group) => group.verdict === hit.verdict).title} ${chanceOf(hit)}`), ` ${factsOf(hit)}${shareOf(hit, place)}`),
      witnessOf(hit, hits),
      hit.by_keypoints ? h("p.keypoints.faint", {}, "Keypoints are corners and spots in the pixels, compared where the network's features are too few.") : null),
    h("div.buttons", {}, step(-1, "previous", "‹", false), step(1, "next", "›", hasMore),
      h("button.close", { type: "button", "data-keep": "close", "aria-label": "Close", onclick: () => dialog.close() }, "×")));
}

/** Ask for more hits than are shown, once, and go on with the first of them. */
function lookBeyond(place) {
  if (beyond) return;
  beyond = place.open;
  say("Looking for more photos");
  dialog.querySelector(".next").textContent = "…";
  go({ top: moreThan(place) }, { replace: true });
}

/** The photo that stands between the query and a hit, and is shown in the query's place. */
function witnessOf(hit, hits) {
  if (hit.witness === null) return null;
  const between = hits.find(({ photo }) => photo.id === hit.witness);
  if (!between) return h("p.witness", {}, "Shown beside a photo that your photo proves.");
  return h("p.witness", {}, "Shown beside ",
    h("button.link", { type: "button", "data-keep": "witness", onclick: () => go({ open: String(hit.witness) }, { replace: true }) }, between.photo.name),
    ", which your photo proves.");
}

/** How much of both agrees, pixel by pixel, where that is known. */
function shareOf({ agreement, view }, { region }) {
  if (!agreement) return "";
  const whole = region && view === 0 ? "the box" : "your photo";
  return `, ${percent(agreement.query_share)} of ${whole} and ${percent(agreement.photo_share)} of this one`;
}

function tabs(place) {
  const names = Object.keys(WAYS);
  const move = (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    const next = names[(names.indexOf(place.proof) + by + names.length) % names.length];
    go({ proof: next }, { replace: true });
    dialog.querySelector(`[data-keep="tab-${next}"]`)?.focus();
  };
  return h("div.tabs", { role: "tablist", "aria-label": "How to show the proof", onkeydown: move },
    ...names.map((name) => h("button", {
      type: "button", role: "tab", "data-keep": `tab-${name}`, "aria-selected": String(name === place.proof),
      tabindex: name === place.proof ? "0" : "-1", onclick: () => go({ proof: name }, { replace: true }),
    }, WAYS[name][0])));
}

function bottom(place, hit, view, region) {
  const query = new URLSearchParams({ view, mode: place.mode, ...(region ? { region } : {}) });
  const base = `/collections/${place.collection}/photos/${hit.photo.id}`;
  return h("footer.buttons", {},
    judgeButtons(place, hit),
    h("button.main", { type: "button", "data-keep": "use", onclick: () => go({ views: [`photo:${hit.photo.id}`], region: null, top: TOP, open: null }, { replace: true }) }, "Search with this one"),
    h("button", { type: "button", "data-keep": "add", disabled: place.views.length > 7 || place.views.includes(`photo:${hit.photo.id}`),
      onclick: () => go({ views: [...place.views, `photo:${hit.photo.id}`], top: TOP, open: null }, { replace: true }) }, "Add as a view"),
    h("a.button", { href: addressOf(`${base}/proof.png?${query}`), download: `proof-${hit.photo.id}.png` }, "Save proof"),
    h("a.button", { href: addressOf(`${base}/file`), download: true }, "Save photo"));
}
