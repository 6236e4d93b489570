import { pictureOf } from "./api.js";
import { h, isStill } from "./dom.js";
import { boxOf, cssMatrix } from "./geometry.js";
import { sentence } from "./words.js";

const BLINK_MS = 700;

/**
 * The query, or its box alone, laid over the photo by the transform: a slider uncovers one or the other, or they take turns.
 * @param {any} what
 */
export function aligned({ place, view, region, hit, proof, beside }) {
  if (!proof.transform) return h("p.empty", {}, "Without geometry in common the two cannot be laid over each other.");
  const [width, height] = proof.photo_size;
  const photo = h("img", { src: pictureOf(place.collection, `photo:${hit.photo.id}`), alt: hit.photo.name, width, height });
  const query = h("img.warped", { src: pictureOf(place.collection, view), alt: `${sentence(beside.whole)}, laid over it`, width: proof.query_size[0], height: proof.query_size[1] });
  query.style.clipPath = onlyIn(boxOf(region), proof.query_size);
  const cover = h("div.cover", {}, query);
  const edge = h("div.edge", { "aria-hidden": "true" });
  const stack = h("div.stack", {}, photo, cover, edge, side(beside.short), side("Photo"));
  stack.style.setProperty("--shape", String(width / height));
  const fit = () => {
    if (!stack.clientWidth) return;
    query.style.width = `${stack.clientWidth}px`;
    const [from, to] = [stack.clientWidth / proof.query_size[0], stack.clientWidth / width];
    query.style.transform = cssMatrix(proof.transform, from, to);
  };
  new ResizeObserver(fit).observe(stack);
  const slider = /** @type {HTMLInputElement} */ (h("input", { type: "range", min: 0, max: 100, value: 50, "aria-label": `Uncover ${beside.whole}`, oninput: () => uncover() }));
  const uncover = () => {
    stack.style.setProperty("--cut", `${slider.value}%`);
    cover.style.opacity = "1";
  };
  const button = h("button", { type: "button", "aria-pressed": "false", onclick: () => blink() }, "Blink");
  let timer = 0;
  const blink = () => {
    const on = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(on));
    stack.classList.toggle("blinking", on);
    clearInterval(timer);
    cover.style.opacity = "1";
    if (on) timer = setInterval(() => {
      if (!stack.isConnected) return clearInterval(timer);
      cover.style.opacity = cover.style.opacity === "0" ? "1" : "0";
    }, isStill() ? 3 * BLINK_MS : BLINK_MS);
  };
  drag(stack, slider, uncover);
  uncover();
  return h("figure.aligned", {}, stack, h("div.controls", {}, slider, button));
}

/** What cuts a picture off around a box: what lies outside has no say in how the two are laid over each other. */
function onlyIn(box, [width, height]) {
  if (!box) return "none";
  const parts = [box.y / height, 1 - (box.x + box.width) / width, 1 - (box.y + box.height) / height, box.x / width];
  return `inset(${parts.map((part) => `${(100 * part).toFixed(3)}%`).join(" ")})`;
}

/** What lies on a side of the edge. */
const side = (words) => h("span.side", { "aria-hidden": "true" }, words);

/** Let the slider be moved on the picture itself. */
function drag(stack, slider, uncover) {
  const move = (event) => {
    if (event.type === "pointermove" && !event.buttons) return;
    const { left, width } = stack.getBoundingClientRect();
    slider.value = String((100 * (event.clientX - left)) / width);
    uncover();
  };
  stack.addEventListener("pointerdown", (event) => { event.preventDefault(); stack.setPointerCapture(event.pointerId); move(event); });
  stack.addEventListener("pointermove", move);
}
