import { h, s } from "./dom.js";
import { landUnder } from "./land.js";
import { complain } from "./notice.js";
import { counted } from "./words.js";

/**
 * A map of numbered places, with meridians and parallels, and the outline of land on maps of large parts of the earth. Nothing of it is loaded from elsewhere.
 * @param {import("./map-frame.js").MapFrame} frame
 * @param {{place: import("./map-frame.js").Place, name: string, hits: any[]}[]} groups the first is number 1
 * @param {(index: number) => void} onPick a place was chosen
 */
export function placeMap(frame, groups, onPick) {
  const { width, height } = frame;
  const { meridians, parallels } = frame.graticule();
  const lines = [
    ...meridians.flatMap(({ at, label }) => [s("line", { x1: at, x2: at, y1: 0, y2: height }), text(at + 4, height - 7, label)]),
    ...parallels.flatMap(({ at, label }) => [s("line", { x1: 0, x2: width, y1: at, y2: at }), text(6, at < 20 ? at + 15 : at - 5, label)]),
  ];
  const drawing = s("svg", { viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": `Map of ${counted(groups.length, "place")}` },
    s("g", { class: "graticule", "aria-hidden": "true" }, ...lines),
    ...scaleBar(frame),
    ...groups.map((group, index) => mark(frame, group, index, onPick)).reverse()); // the first lies on top
  landUnder(frame).then((land) => drawing.prepend(...land)).catch(complain);
  return h("figure.map", {}, drawing, h("figcaption.faint", {}, "Where the cameras say that the photos were taken. North is up."));
}

function mark(frame, { place, name, hits }, index, onPick) {
  const { x, y } = frame.project(place);
  const number = String(index + 1);
  const pick = (event) => {
    event.preventDefault();
    onPick(index);
  };
  return s("a", { href: `#place-${number}`, "aria-label": `${number}: ${counted(hits.length, "photo")}, ${name}`, onclick: pick },
    s("circle", { class: "finger", cx: x, cy: y, r: 22 }),
    s("circle", { class: "point", cx: x, cy: y, r: 14 }),
    text(x, y + 5, number, "number"));
}

function scaleBar(frame) {
  const bar = frame.bar();
  if (!bar) return [];
  const [right, y] = [frame.width - 12, frame.height - 30];
  return [s("g", { class: "scale" }, s("path", { d: `M ${right - bar.pixels} ${y - 5} v 5 h ${bar.pixels} v -5` }),
    text(right - bar.pixels / 2, y - 6, bar.label, "length"))];
}

function text(x, y, words, name = "degrees") {
  const element = s("text", { x, y, class: name });
  element.textContent = words;
  return element;
}
