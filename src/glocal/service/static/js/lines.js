import { pictureOf } from "./api.js";
import { h, s } from "./dom.js";
import { boxOf, cornersOf, project } from "./geometry.js";

const MOST_LINES = 90; // of more, every n-th: more would hide the photos

/**
 * Query beside photo, lines between the inliers, the outline on both.
 * @param {any} what
 */
export function lines({ place, view, region, hit, proof }) {
  const [queryWidth, queryHeight] = proof.query_size;
  const [photoWidth, photoHeight] = proof.photo_size;
  // Both get the same height, 1000 units.
  const from = 1000 / queryHeight;
  const to = 1000 / photoHeight;
  const gap = 24;
  const left = queryWidth * from;
  const width = left + gap + photoWidth * to;
  const start = ([x, y]) => [x * from, y * from];
  const end = ([x, y]) => [left + gap + x * to, y * to];
  const picture = (href, x, size) => s("image", { href, x, y: 0, width: size, height: 1000, preserveAspectRatio: "none" });
  const drawing = s("svg", { viewBox: `0 0 ${width.toFixed(1)} 1000`, role: "img",
    "aria-label": `${proof.inliers} lines join what agrees in your photo and in ${hit.photo.name}` },
    picture(pictureOf(place.collection, view), 0, left),
    picture(pictureOf(place.collection, `photo:${hit.photo.id}`), left + gap, photoWidth * to));
  if (proof.transform) {
    const corners = cornersOf(boxOf(region) ?? { x: 0, y: 0, width: queryWidth, height: queryHeight });
    const clip = s("clipPath", { id: "photo-only" }, s("rect", { x: left + gap, y: 0, width: photoWidth * to, height: 1000 }));
    drawing.append(clip, outline(corners.map((corner) => end(project(proof.transform, corner))), "url(#photo-only)"));
    if (region) drawing.append(outline(corners.map(start)));
  }
  const step = Math.max(1, Math.ceil(proof.points.length / MOST_LINES));
  const shown = proof.points.filter((_, index) => index % step === 0);
  const net = s("g", { class: "net" });
  for (const [x1, y1, x2, y2] of shown) {
    const [a, b] = [start([x1, y1]), end([x2, y2])];
    const hue = 15 + (290 * y1) / queryHeight;
    net.append(s("line", { x1: a[0], y1: a[1], x2: b[0], y2: b[1], stroke: `oklch(0.8 0.16 ${hue.toFixed(0)})` }));
    for (const [cx, cy] of [a, b]) net.append(s("circle", { cx, cy, r: 5, fill: `oklch(0.8 0.16 ${hue.toFixed(0)})` }));
  }
  drawing.append(net);
  const words = proof.transform ? "Lines join points that agree with one movement of the camera." : "No movement of the camera explains what these two have in common.";
  return h("figure.lines", {}, drawing, h("figcaption.faint", {}, words));
}

function outline(points, clip = "none") {
  const text = points.map((point) => point.map((value) => value.toFixed(1)).join(",")).join(" ");
  return s("g", { "clip-path": clip }, s("polygon", { points: text, class: "seam", "stroke-width": 9 }),
    s("polygon", { points: text, class: "line", "stroke-width": 4 }));
}
