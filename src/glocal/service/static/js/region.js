import { h, say } from "./dom.js";
import { boxOf, inside, textOf } from "./geometry.js";

const CORNER = 18; // pixels on screen around a corner that take hold of it
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * Let the reader draw a box on a picture: with mouse or keys at any time, with a finger once they said so, as a finger
 * that moves over the picture otherwise scrolls.
 * @param {HTMLElement} stage holds the picture, exactly its size
 * @param {{width: number, height: number}} size of the photo in pixels
 * @param {string|null} region at first
 * @param {(region: string|null) => void} onChange called when a box is finished
 * @returns {HTMLButtonElement} what a reader without a mouse presses to draw
 */
export function pickRegion(stage, size, region, onChange) {
  let box = boxOf(region);
  let waiting = 0;
  const frame = h("div.region", { hidden: true });
  const shade = h("div.picker", {
    tabindex: "0",
    role: "application",
    "aria-label": "Part of the photo that matters. Enter makes a box, arrows move it, Shift and arrows size it, Escape removes it.",
  }, frame);
  stage.append(shade);

  const draw = () => {
    frame.hidden = !box;
    if (!box) return;
    frame.style.left = `${(100 * box.x) / size.width}%`;
    frame.style.top = `${(100 * box.y) / size.height}%`;
    frame.style.width = `${(100 * box.width) / size.width}%`;
    frame.style.height = `${(100 * box.height) / size.height}%`;
  };
  const finish = () => onChange(box && textOf(box));
  const scale = () => size.width / shade.clientWidth;
  const at = (event) => {
    const { left, top } = shade.getBoundingClientRect();
    return [(event.clientX - left) * scale(), (event.clientY - top) * scale()];
  };

  shade.addEventListener("pointerdown", (event) => {
    if (event.button || (event.pointerType === "touch" && !isDrawing())) return;
    shade.setPointerCapture(event.pointerId);
    const start = at(event);
    const before = box;
    const change = gesture(box, start, CORNER * scale());
    let moved = false;
    const move = (next) => {
      const [x, y] = at(next);
      moved ||= Math.hypot(x - start[0], y - start[1]) > 4 * scale();
      if (moved) box = inside(change(clamp(x, size.width), clamp(y, size.height)), size);
      draw();
    };
    const end = () => {
      shade.removeEventListener("pointermove", move);
      if (!moved) box = null;
      draw();
      if (box !== before) finish();
    };
    shade.addEventListener("pointermove", move);
    shade.addEventListener("pointerup", end, { once: true });
    shade.addEventListener("pointercancel", end, { once: true });
  });

  shade.addEventListener("keydown", (event) => {
    const step = KEYS[event.key];
    if (event.key === "Enter" && !box) {
      box = { x: size.width / 4, y: size.height / 4, width: size.width / 2, height: size.height / 2 };
    } else if (event.key === "Escape" && box) {
      box = null;
    } else if (step && box) {
      const by = Math.max(size.width, size.height) / 40;
      const [dx, dy] = [step[0] * by, step[1] * by];
      box = event.shiftKey
        ? inside({ ...box, width: box.width + dx, height: box.height + dy }, size)
        : inside({ ...box, x: box.x + dx, y: box.y + dy }, size);
    } else {
      return;
    }
    event.preventDefault();
    draw();
    say(box ? `Box ${textOf(box)}` : "No box, the whole photo");
    clearTimeout(waiting);
    waiting = setTimeout(finish, 350);
  });
  draw();
  const button = /** @type {HTMLButtonElement} */ (h("button.draw", { type: "button", "aria-pressed": "false", onclick: () => {
    const now = !isDrawing();
    button.setAttribute("aria-pressed", String(now));
    shade.classList.toggle("drawing", now);
    say(now ? "Draw a box on the photo with a finger" : "");
  } }, region ? "Change the box" : "Draw a box"));
  const isDrawing = () => button.getAttribute("aria-pressed") === "true";
  return button;
}

/** What a drag does that begins here: size the box by a corner, move it, or draw a new one. */
function gesture(box, [x, y], reach) {
  const from = (fixedX, fixedY) => (nextX, nextY) => ({
    x: Math.min(fixedX, nextX),
    y: Math.min(fixedY, nextY),
    width: Math.abs(nextX - fixedX),
    height: Math.abs(nextY - fixedY),
  });
  if (!box) return from(x, y);
  const [right, bottom] = [box.x + box.width, box.y + box.height];
  for (const [cornerX, cornerY] of [[box.x, box.y], [right, box.y], [box.x, bottom], [right, bottom]]) {
    if (Math.hypot(x - cornerX, y - cornerY) < reach) {
      return from(cornerX === box.x ? right : box.x, cornerY === box.y ? bottom : box.y);
    }
  }
  const isInside = x > box.x && x < right && y > box.y && y < bottom;
  return isInside ? (nextX, nextY) => ({ ...box, x: box.x + nextX - x, y: box.y + nextY - y }) : from(x, y);
}

const clamp = (value, most) => Math.min(Math.max(0, value), most);
