import { pictureOf } from "./api.js";
import { h, s } from "./dom.js";
import { boxOf, cornersOf, project } from "./geometry.js";
import { shade } from "./shading.js";
import { zoomable } from "./zoom.js";

const MOST_LINES = 90; // of more, every n-th: more would hide the photos
const GAP = 24;

/**
 * Query beside photo, or above it where there is little room: lines between the inliers, the outline on both.
 * @param {any} what
 */
export function lines({ place, view, region, hit, proof, beside }) {
  const stacked = matchMedia("(max-width: 640px)").matches;
  const layout = layOut(proof, stacked);
  const { from, to, start, end, left, top } = layout;
  const [queryWidth, queryHeight] = proof.query_size;
  const [photoWidth, photoHeight] = proof.photo_size;
  const picture = (href, x, y, width, height) => s("image", { href, x, y, width, height, preserveAspectRatio: "none" });
  const drawing = s("svg", { viewBox: `0 0 ${layout.width.toFixed(1)} ${layout.height.toFixed(1)}`, role: "img",
    "aria-label": `${proof.inliers} lines join what agrees in ${beside.whole} and in ${hit.photo.name}` },
    picture(pictureOf(place.collection, view), 0, 0, queryWidth * from, queryHeight * from),
    picture(pictureOf(place.collection, `photo:${hit.photo.id}`), left, top, photoWidth * to, photoHeight * to));
  const masks = proof.agreement
    ? [shade(proof.query_mask, 0, 0, queryWidth * from, queryHeight * from), shade(proof.photo_mask, left, top, photoWidth * to, photoHeight * to)]
    : [];
  drawing.append(...masks);
  if (proof.transform) {
    const corners = cornersOf(boxOf(region) ?? { x: 0, y: 0, width: queryWidth, height: queryHeight });
    const clip = s("clipPath", { id: "photo-only" }, s("rect", { x: left, y: top, width: photoWidth * to, height: photoHeight * to }));
    drawing.append(clip, outline(corners.map((corner) => end(project(proof.transform, corner))), "url(#photo-only)"));
    if (region) drawing.append(outline(corners.map(start)));
  }
  const drawn = net(proof, layout);
  drawing.append(drawn);
  const words = proof.transform ? "Lines join points that agree with one movement of the camera." : "No movement of the camera explains what these two have in common.";
  return h("figure.lines", {}, zoomable(drawing), masks.length ? slider(masks, drawn) : null, h("figcaption.faint", {}, words));
}

/** Where both photos lie in the drawing: side by side with one height, or above each other with one width. */
function layOut(proof, stacked) {
  const [queryWidth, queryHeight] = proof.query_size;
  const [photoWidth, photoHeight] = proof.photo_size;
  const from = 1000 / (stacked ? queryWidth : queryHeight);
  const to = 1000 / (stacked ? photoWidth : photoHeight);
  const [left, top] = stacked ? [0, queryHeight * from + GAP] : [queryWidth * from + GAP, 0];
  return {
    from, to, left, top,
    width: stacked ? 1000 : left + photoWidth * to,
    height: stacked ? top + photoHeight * to : 1000,
    start: ([x, y]) => [x * from, y * from],
    end: ([x, y]) => [left + x * to, top + y * to],
  };
}

function net(proof, { start, end }) {
  const step = Math.max(1, Math.ceil(proof.points.length / MOST_LINES));
  const group = s("g", { class: "net" });
  for (const [x1, y1, x2, y2] of proof.points.filter((_, index) => index % step === 0)) {
    const [a, b] = [start([x1, y1]), end([x2, y2])];
    const hue = 15 + (290 * y1) / proof.query_size[1];
    group.append(s("line", { x1: a[0], y1: a[1], x2: b[0], y2: b[1], stroke: `oklch(0.8 0.16 ${hue.toFixed(0)})` }));
    for (const [cx, cy] of [a, b]) group.append(s("circle", { cx, cy, r: 5, fill: `oklch(0.8 0.16 ${hue.toFixed(0)})` }));
  }
  return group;
}

/** From the outline to what agrees: the rest grows dark, and the lines fade. */
function slider(masks, drawn) {
  const input = /** @type {HTMLInputElement} */ (h("input", { type: "range", min: 0, max: 100, value: 0, "aria-label": "Darken what does not agree", oninput: () => apply() }));
  const apply = () => {
    for (const mask of masks) mask.style.opacity = String(0.8 * (Number(input.value) / 100));
    drawn.style.opacity = String(1 - 0.8 * (Number(input.value) / 100));
  };
  apply();
  return h("div.controls", {}, h("span.faint", {}, "Outline"), input, h("span.faint", {}, "What agrees"));
}

function outline(points, clip = "none") {
  const text = points.map((point) => point.map((value) => value.toFixed(1)).join(",")).join(" ");
  return s("g", { "clip-path": clip }, s("polygon", { points: text, class: "seam", "stroke-width": 9 }),
    s("polygon", { points: text, class: "line", "stroke-width": 4 }));
}
