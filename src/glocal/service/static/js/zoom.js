import { h } from "./dom.js";

const MOST = 8;

/**
 * Let a picture be enlarged and moved: by pinch and drag, by Ctrl and the wheel, and by buttons for the keyboard.
 * @param {HTMLElement|SVGElement} picture
 * @returns {HTMLElement} the picture in a frame that cuts it off, with the buttons
 */
export function zoomable(picture) {
  const frame = h("div.zoom", {}, picture);
  /** @type {Map<number, {x: number, y: number}>} */
  const fingers = new Map();
  let at = { scale: 1, x: 0, y: 0 };

  const apply = () => {
    const { clientWidth: width, clientHeight: height } = frame;
    const keep = (value, size) => Math.min(0, Math.max(size * (1 - at.scale), value));
    at = { scale: at.scale, x: keep(at.x, width), y: keep(at.y, height) };
    picture.style.transform = at.scale === 1 ? "" : `translate(${at.x}px, ${at.y}px) scale(${at.scale})`;
    frame.classList.toggle("enlarged", at.scale > 1);
    smaller.disabled = at.scale === 1;
    larger.disabled = at.scale === MOST;
  };
  const zoom = (factor, x, y) => {
    const scale = Math.min(MOST, Math.max(1, at.scale * factor));
    const grown = scale / at.scale;
    at = { scale, x: x - (x - at.x) * grown, y: y - (y - at.y) * grown };
    apply();
  };
  const middle = () => [frame.clientWidth / 2, frame.clientHeight / 2];
  const button = (sign, label, factor) => h("button", { type: "button", "aria-label": label, onclick: () => zoom(factor, ...middle()) }, sign);
  const smaller = /** @type {HTMLButtonElement} */ (button("−", "Smaller", 1 / 1.6));
  const larger = /** @type {HTMLButtonElement} */ (button("+", "Larger", 1.6));
  frame.append(h("div.zoom-buttons", {}, smaller, larger));

  const place = (event) => {
    const { left, top } = frame.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  const spread = () => {
    const [a, b] = [...fingers.values()];
    return { distance: Math.hypot(a.x - b.x, a.y - b.y), x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
  };
  frame.addEventListener("pointerdown", (event) => {
    if (event.target instanceof HTMLButtonElement) return;
    fingers.set(event.pointerId, place(event));
    if (at.scale > 1) frame.setPointerCapture(event.pointerId);
  });
  frame.addEventListener("pointermove", (event) => {
    const was = fingers.get(event.pointerId);
    if (!was) return;
    const before = fingers.size === 2 ? spread() : null;
    fingers.set(event.pointerId, place(event));
    if (before) {
      const now = spread();
      at = { ...at, x: at.x + now.x - before.x, y: at.y + now.y - before.y };
      zoom(now.distance / before.distance, now.x, now.y);
    } else if (at.scale > 1) {
      const now = place(event);
      at = { ...at, x: at.x + now.x - was.x, y: at.y + now.y - was.y };
      apply();
    }
  });
  for (const kind of ["pointerup", "pointercancel", "pointerleave"]) frame.addEventListener(kind, (event) => fingers.delete(event.pointerId));
  frame.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    const { x, y } = place(event);
    zoom(Math.exp(-event.deltaY / 200), x, y);
  }, { passive: false });
  apply();
  return frame;
}
