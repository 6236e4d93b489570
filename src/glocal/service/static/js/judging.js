import { askJson, send } from "./api.js";
import { h, say } from "./dom.js";
import { complain } from "./notice.js";
import { rights } from "./rights.js";

/** What was said of the photos of the search that is shown. @type {Map<number, boolean>} */
const said = new Map();

/**
 * Learn what was said of these views before.
 * @param {import("./address.js").Place} place
 */
export async function loadJudgements(place) {
  said.clear();
  if (!rights.change) return;
  for (const [number, view] of place.views.entries()) {
    const { judgements } = await askJson(`/collections/${place.collection}/judgements?${new URLSearchParams({ view })}`);
    const region = number === 0 ? place.region ?? "" : "";
    for (const one of judgements.filter((other) => other.region === region)) said.set(one.photo, one.same);
  }
  paint();
}

/**
 * Buttons that say whether a hit shows the same thing; none for readers who may change nothing.
 * @param {import("./address.js").Place} place
 * @param {any} hit
 */
export function judgeButtons(place, hit) {
  if (!rights.change) return null;
  const button = (same, text) => h("button", {
    type: "button", "aria-pressed": String(said.get(hit.photo.id) === same), "data-same": String(same),
    onclick: () => judge(place, hit, said.get(hit.photo.id) === same ? null : same).catch(complain),
  }, text, h("span.visually-hidden", {}, ` thing: ${hit.photo.name}`));
  return h("div.judge", { "data-judged": hit.photo.id }, button(true, "Same"), button(false, "Not the same"));
}

async function judge(place, hit, same) {
  const region = hit.view === 0 ? place.region : null;
  const query = new URLSearchParams({ view: place.views[hit.view], mode: place.mode, ...(region ? { region } : {}) });
  await send("PUT", `/collections/${place.collection}/photos/${hit.photo.id}/judgement?${query}`, { same });
  if (same === null) said.delete(hit.photo.id);
  else said.set(hit.photo.id, same);
  paint();
  say(same === null ? "Taken back" : same ? "Kept: the same thing" : "Kept: not the same thing");
}

function paint() {
  for (const group of document.querySelectorAll("[data-judged]")) {
    const now = said.get(Number(group.getAttribute("data-judged")));
    for (const button of group.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(String(now) === button.dataset.same));
    }
  }
}
