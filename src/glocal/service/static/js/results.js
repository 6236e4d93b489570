import { go, MOST_HITS, TOP } from "./address.js";
import { ask, Problem } from "./api.js";
import { arranged, candidates, chooser, WAYS, waysFor } from "./arranging.js";
import { card } from "./card.js";
import { h, isStill, say } from "./dom.js";
import { eventsOf } from "./events.js";
import { boxOf } from "./geometry.js";
import { placeMap } from "./place-map.js";
import { summaryOf } from "./verdicts.js";
import { counted, namesAmong } from "./words.js";

const SLOW_MS = 1200;

/** What was shown last, once it is checked. @type {{target: HTMLElement, answer: any, how: any}|null} */
let shown = null;

/**
 * Search, and show the hits as they come: candidates first, then in verified order.
 * @param {HTMLElement} target
 * @param {import("./address.js").Place} place
 * @param {{width: number, height: number}[]} sizes of the views
 * @param {{onOpen: (hit: any) => void, onUse: (hit: any) => void, onHarder: (mode: string) => void, onMore: () => void,
 *   onHits: (hits: any[], hasMore: boolean) => void}} actions
 * @param {AbortSignal} signal
 */
export async function showResults(target, place, sizes, actions, signal) {
  const slow = setTimeout(() => note(target, "Looking closely… this takes a moment."), SLOW_MS);
  target.classList.add("busy");
  if (!target.querySelector(".card")) target.replaceChildren(skeleton());
  try {
    const busy = () => note(target, "Many people are searching. Yours is next in a moment…");
    const response = await ask(`/collections/${place.collection}/search/stream?${queryOf(place)}`, { signal }, busy);
    for await (const { name, data } of eventsOf(response)) {
      if (name === "problem") throw new Problem(data.status, data.detail);
      const verified = name === "verified";
      if (!verified && place.top > TOP) continue; // what is shown is verified already
      show(target, data, { place, sizes, actions, verified });
    }
  } finally {
    clearTimeout(slow);
    if (!signal.aborted) target.classList.remove("busy");
  }
}

function queryOf(place) {
  const query = new URLSearchParams([...place.views.map((view) => ["view", view]), ["top", String(place.top)]]);
  query.set("mode", place.mode);
  if (place.region) query.set("region", place.region);
  return query;
}

/** Arrange the hits that are shown as the address says, without another search. @param {import("./address.js").Place} place */
export function arrangeResults(place) {
  if (!shown?.target.isConnected || shown.how.place.by === place.by) return;
  const isFocused = shown.target.querySelector(".arrange")?.contains(document.activeElement);
  show(shown.target, shown.answer, { ...shown.how, place });
  if (isFocused) shown.target.querySelector(".arrange [aria-pressed=true]")?.focus({ preventScroll: true });
  say(WAYS[place.by]);
}

function show(target, answer, how) {
  const { place, actions, verified } = how;
  shown = verified ? { target, answer, how } : null;
  const before = positions(target);
  const ways = verified ? waysFor(answer.hits) : [];
  const way = ways.includes(place.by) ? place.by : "sure";
  const { groups, places } = verified ? arranged(answer.hits, way, Math.max(target.clientWidth, 280)) : { groups: candidates(answer.hits), places: null };
  const parts = verified ? [summary(answer, place, chooser(ways, way, (by) => go({ by }, { replace: true })), actions.onHarder)] : [];
  if (places) parts.push(placeMap(places.frame, places.groups, (index) => goToGroup(target, places.groups[index].id)));
  parts.push(...groups.filter(({ hits }) => hits.length).map((group) => section(group, answer, how)));
  if (!answer.hits.length) parts.push(h("p.empty", {}, "There is nothing in this collection to compare with yet."));
  const hasMore = verified && answer.hits.length >= place.top && place.top < MOST_HITS && answer.searched > place.top;
  if (hasMore) {
    parts.push(h("button.more", { type: "button", onclick: actions.onMore }, "Show more"));
  }
  target.replaceChildren(...parts);
  if (verified) actions.onHits(groups.flatMap(({ hits }) => hits), hasMore);
  if (!isStill()) glide(target, before);
  if (verified && place.top > TOP && before.size) focusFirstNew(target, before);
}

function section({ title, meaning, hits, isSmall, factOf, id }, answer, { place, sizes, actions, verified }) {
  const nameOf = namesAmong(answer.hits.map((hit) => hit.photo));
  const make = (hit) => {
    const size = sizes[hit.view];
    const source = hit.view === 0 && place.region ? boxOf(place.region) : { x: 0, y: 0, ...size };
    return card(hit, {
      place, name: nameOf(hit.photo), source, checking: !verified, isMixed: Boolean(factOf), fact: factOf?.(hit) ?? "",
      onOpen: () => actions.onOpen(hit), onUse: () => actions.onUse(hit),
    });
  };
  return h("section.group", { "aria-label": title, id, tabindex: id ? "-1" : null },
    h("h2.divider", {}, title, h("span.count", {}, String(hits.length))),
    meaning ? h("p.meaning.faint", {}, meaning) : null,
    h(isSmall ? "ul.grid.small" : "ul.grid", { "aria-label": `${title} photos` }, ...hits.map(make)));
}

function goToGroup(target, id) {
  const group = target.querySelector(`#${id}`);
  group?.scrollIntoView({ behavior: isStill() ? "auto" : "smooth" });
  group?.focus({ preventScroll: true });
}

/** What was found; where nothing was proved, with the ways to look harder that are left. */
function summary(answer, place, ways, onHarder) {
  const text = summaryOf(answer.hits, place.top);
  say(text);
  const seconds = (answer.milliseconds / 1000).toFixed(answer.milliseconds < 950 ? 2 : 1);
  const offers = { fast: [["balanced", "Look at any angle"], ["thorough", "Look harder"]], balanced: [["thorough", "Look harder"]], thorough: [] };
  const isProved = answer.hits.some((hit) => hit.verdict === "proved");
  const buttons = isProved ? [] : offers[place.mode].map(([mode, label]) => h("button", { type: "button", onclick: () => onHarder(mode) }, label));
  return h("header.summary", {},
    h("h1", {}, text),
    h("p.faint", {}, `${counted(answer.searched, "photo")} searched in ${seconds} s`),
    answer.missing_shards.length ? h("p", {}, `Not all answered; without the photos of ${answer.missing_shards.join(", ")}`) : null,
    buttons.length ? h("p.faint", {}, "Looking harder turns and mirrors your photo, and compares more of the collection.") : null,
    buttons.length ? h("div.buttons", {}, ...buttons) : null,
    ways);
}

/** Go on where the list ended, also for those who read with the keyboard. */
function focusFirstNew(target, before) {
  const fresh = [...target.querySelectorAll(".card[data-photo]")].find((one) => !before.has(one.dataset.photo));
  fresh?.querySelector(".open")?.focus({ preventScroll: true });
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
