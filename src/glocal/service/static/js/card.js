import { addressOf } from "./api.js";
import { breakable, h, s } from "./dom.js";
import { cornersOf, project } from "./geometry.js";
import { judgeButtons } from "./judging.js";
import { chanceOf, factsOf } from "./words.js";

/**
 * A hit as a card.
 * @param {any} hit
 * @param {{place: import("./address.js").Place, name: string, source: import("./geometry.js").Box|null, checking: boolean, isMixed: boolean, fact: string,
 *   onOpen: () => void, onUse: () => void}} how source: what is outlined, in pixels of the hit's view; isMixed: others beside it have another verdict;
 *   fact: what is told of the photo first
 */
export function card(hit, { place, name, source, checking, isMixed, fact, onOpen, onUse }) {
  const { photo } = hit;
  const chance = checking ? "checking" : chanceOf(hit);
  const image = h("img", {
    src: addressOf(`/collections/${place.collection}/photos/${photo.id}/picture?size=640&v=${photo.version}`),
    alt: "", loading: "lazy", decoding: "async", width: photo.width || 4, height: photo.height || 3,
    onerror: (event) => event.target.closest(".card").classList.add("gone"),
  });
  const isOutlined = hit.verdict === "proved" && source;
  const open = h(
    "button.open",
    { type: "button", onclick: onOpen, "aria-label": `${photo.name}: ${checking ? chance : `${hit.verdict} ${chance}, ${factsOf(hit)}`}. Show the proof.` },
    h("span.frame", {}, image, isOutlined ? outline(hit, source) : null),
  );
  return h(
    "li.card",
    { "data-photo": photo.id, class: `card ${checking ? "checking" : hit.verdict}` },
    open,
    h("div.caption", {},
      h("span.name", { title: photo.name }, ...breakable(name)),
      h("span.verdict", {}, isMixed ? `${hit.verdict} ${chance}` : chance),
      h("span.facts", {}, checking ? "" : [fact, factsOf(hit)].filter(Boolean).join(" · ")),
      h("button.use", { type: "button", onclick: onUse }, "Search with this", h("span.visually-hidden", {}, ` photo, ${photo.name}`)),
      checking ? null : judgeButtons(place, hit)),
  );
}

/** Where the query lies in the photo. */
function outline(hit, source) {
  const { width, height } = hit.photo;
  const corners = cornersOf(source).map((corner) => project(hit.transform, corner));
  const points = corners.map((corner) => corner.map((value) => value.toFixed(1)).join(",")).join(" ");
  const thick = Math.max(width, height) / 130;
  // The inner one cuts off what lies outside the photo.
  return s("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" },
    s("svg", { width, height },
      s("polygon", { points, class: "seam", "stroke-width": 2.2 * thick }),
      s("polygon", { points, class: "line", "stroke-width": thick })));
}
