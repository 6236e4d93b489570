import { ask, Problem } from "./api.js";
import { card } from "./card.js";
import { h, isStill, say } from "./dom.js";
import { eventsOf } from "./events.js";
import { boxOf } from "./geometry.js";
import { counted, isProved } from "./words.js";

const SLOW_MS = 1200;
const TOP = 36;

/**
 * Search, and show the hits as they come: candidates first, then in verified order.
 * @param {HTMLElement} target
 * @param {import("./address.js").Place} place
 * @param {{width: number, height: number}[]} sizes of the views
 * @param {{onOpen: (hit: any) => void, onUse: (hit: any) => void, onHarder: () => void, onHits: (hits: any[]) => void}} actions
 * @param {AbortSignal} signal
 */
export async function showResults(target, place, sizes, actions, signal) {
  const slow = setTimeout(() => note(target, "Looking closely… this takes a moment."), SLOW_MS);
  target.classList.add("busy");
  if (!target.querySelector(".card")) target.replaceChildren(skeleton());
  const query = new URLSearchParams([...place.views.map((view) => ["view", view]), ["top", String(TOP)]]);
  query.set("mode", place.mode);
  if (place.region) query.set("region", place.region);
  try {
    const busy = () => note(target, "Many people are searching. Yours is next in a moment…");
    const response = await ask(`/collections/${place.collection}/search/stream?${query}`, { signal }, busy);
    for await (const { name, data } of eventsOf(response)) {
      if (name === "problem") throw new Problem(data.status, data.detail);
      const verified = name === "verified";
      show(target, data, { place, sizes, actions, verified });
      if (verified) actions.onHits(data.hits);
    }
  } finally {
    clearTimeout(slow);
    if (!signal.aborted) target.classList.remove("busy");
  }
}

function show(target, answer, { place, sizes, actions, verified }) {
  const before = positions(target);
  const make = (hit) => {
    const size = sizes[hit.view];
    const source = hit.view === 0 && place.region ? boxOf(place.region) : { x: 0, y: 0, ...size };
    return card(hit, {
      collection: place.collection, source, checking: !verified,
      onOpen: () => actions.onOpen(hit), onUse: () => actions.onUse(hit),
    });
  };
  const proved = verified ? answer.hits.filter(isProved) : [];
  const others = answer.hits.filter((hit) => !proved.includes(hit));
  const parts = [];
  if (verified) parts.push(summary(proved.length, answer, place.mode === "thorough" ? null : actions.onHarder));
  if (proved.length) parts.push(h("ul.grid", { "aria-label": "Photos that show the same thing" }, ...proved.map(make)));
  if (others.length) {
    parts.push(h("h2.divider", {}, verified ? (proved.length ? "Similar, but not proved" : "The most similar photos") : "Candidates"));
    parts.push(h("ul.grid.small", { "aria-label": "Similar photos" }, ...others.map(make)));
  }
  if (!answer.hits.length) parts.push(h("p.empty", {}, "There is nothing in this collection to compare with yet."));
  target.replaceChildren(...parts);
  if (!isStill()) glide(target, before);
}

/** What was found; if nothing, with a way to look harder, where there is one. */
function summary(count, answer, onHarder) {
  const text = count
    ? `${counted(count, "photo")} ${count === 1 ? "shows" : "show"} the same thing`
    : "No photo here provably shows the same thing";
  say(text);
  const seconds = (answer.milliseconds / 1000).toFixed(answer.milliseconds < 950 ? 2 : 1);
  return h("header.summary", {},
    h("h1", {}, text),
    h("p.faint", {}, `${counted(answer.searched, "photo")} searched in ${seconds} s`),
    count || !onHarder ? null : h("button", { type: "button", onclick: onHarder }, "Look harder"));
}

/** Where each photo is now. */
function positions(target) {
  return new Map([...target.querySelectorAll(".card[data-photo]")].map((one) => [one.dataset.photo, one.getBoundingClientRect()]));
}

/** Let cards move from where they were to where they are (FLIP), so that the eye can follow the new order. */
function glide(target, before) {
  for (const one of target.querySelectorAll(".card[data-photo]")) {
    const was = before.get(one.dataset.photo);
    const is = one.getBoundingClientRect();
    if (!was) continue;
    const [x, y, grow] = [was.left - is.left, was.top - is.top, was.width / is.width];
    const from = { transform: `translate(${x}px, ${y}px) scale(${grow})`, transformOrigin: "0 0" };
    one.animate([from, { transform: "none", transformOrigin: "0 0" }], { duration: 420, easing: "cubic-bezier(.2,.8,.2,1)" });
  }
}

function note(target, text) {
  const line = target.querySelector(".note") ?? target.insertAdjacentElement("afterbegin", h("p.note", {}));
  line.textContent = text;
  say(text);
}

function skeleton() {
  const cards = Array.from({ length: 8 }, () => h("li.card.blank", {}, h("span.frame", {}), h("div.caption", {})));
  return h("ul.grid", { "aria-hidden": "true" }, ...cards);
}
