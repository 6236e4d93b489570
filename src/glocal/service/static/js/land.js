import { s } from "./dom.js";

/** Pixels of a degree from which on the outline, true to some 20 km, would say more than it knows. */
const CLOSEST = 60;

/**
 * The outline of land under a map; nothing on maps of so small a part of the earth that it would mislead.
 * @param {import("./map-frame.js").MapFrame} frame
 * @returns {Promise<SVGElement[]>}
 */
export async function landUnder(frame) {
  if (frame.scale > CLOSEST) return [];
  const answer = await fetch(new URL("../land.json", import.meta.url));
  if (!answer.ok) return [];
  const { path } = await answer.json();
  const [across, down] = [(frame.squeeze * frame.scale) / 10, frame.scale / 10]; // pixels of a tenth of a degree
  const top = frame.height / 2 + frame.middle.latitude * frame.scale;
  return [-360, 0, 360].map((turn) => { // the map may cross the date line, where the outline is cut
    const left = frame.width / 2 + (turn - frame.middle.longitude) * frame.squeeze * frame.scale;
    return s("path", { class: "land", d: path, transform: `matrix(${across} 0 0 ${-down} ${left} ${top})`, "aria-hidden": "true" });
  });
}
