import { byId, h } from "./dom.js";
import { takePhoto } from "./camera.js";

/**
 * Take photos that are dropped or pasted anywhere on the page.
 * @param {(photos: File[]) => void} onPhotos
 */
export function takeDropsAndPastes(onPhotos) {
  const hint = byId("drop-hint");
  let depth = 0;
  const show = (visible) => (hint.hidden = !visible);
  const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  addEventListener("dragenter", (event) => hasFiles(event) && show((depth += 1) > 0));
  addEventListener("dragleave", () => show((depth = Math.max(0, depth - 1)) > 0));
  addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
  addEventListener("drop", (event) => {
    show(Boolean((depth = 0)));
    if (!hasFiles(event)) return;
    event.preventDefault();
    onPhotos([...event.dataTransfer.files]);
  });
  addEventListener("paste", (event) => {
    const photos = [...(event.clipboardData?.files ?? [])];
    if (photos.length) onPhotos(photos);
  });
}

/**
 * Buttons to choose photos or to take one.
 * @param {(photos: Blob[]) => void} onPhotos
 * @param {{label?: string, main?: boolean}} [how]
 */
export function intakeButtons(onPhotos, { label = "Choose a photo", main = true } = {}) {
  const input = /** @type {HTMLInputElement} */ (
    h("input.visually-hidden", { type: "file", accept: "image/*,.heic,.heif,.avif", multiple: true, tabindex: "-1",
      "aria-hidden": "true", onchange: () => { onPhotos([...input.files]); input.value = ""; } })
  );
  return h(
    "div.buttons",
    {},
    input,
    h(main ? "button.main" : "button", { type: "button", onclick: () => input.click() }, label),
    h("button", { type: "button", onclick: async () => { const photo = await takePhoto(); if (photo) onPhotos([photo]); } },
      "Take a photo"),
  );
}
