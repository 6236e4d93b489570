import { h } from "./dom.js";

/**
 * Let the reader take a photo: with the phone's own camera, or with a webcam in a dialog.
 * @returns {Promise<Blob|null>} null if nothing was taken
 */
export function takePhoto() {
  const isPhone = matchMedia("(pointer: coarse)").matches;
  return isPhone || !navigator.mediaDevices?.getUserMedia ? withPhone() : withWebcam();
}

function withPhone() {
  return new Promise((resolve) => {
    const input = /** @type {HTMLInputElement} */ (h("input", { type: "file", accept: "image/*", capture: "environment" }));
    input.addEventListener("change", () => resolve(input.files[0] ?? null));
    input.addEventListener("cancel", () => resolve(null));
    input.click();
  });
}

async function withWebcam() {
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1920 }, facingMode: "environment" } });
  } catch {
    return withPhone(); // no camera, or it is not allowed: choosing a file always works
  }
  const video = /** @type {HTMLVideoElement} */ (h("video", { autoplay: true, playsinline: true, muted: true }));
  video.srcObject = stream;
  const photo = await new Promise((resolve) => {
    const dialog = h(
      "dialog.camera",
      { "aria-label": "Take a photo", onclose: () => { dialog.remove(); resolve(null); } },
      video,
      h("div.buttons", {},
        h("button.main", { type: "button", onclick: async () => { resolve(await frame(video)); dialog.close(); } }, "Take it"),
        h("button", { type: "button", onclick: () => dialog.close() }, "Cancel")),
    );
    document.body.append(dialog);
    dialog.showModal();
  });
  stream.getTracks().forEach((track) => track.stop());
  return photo;
}

function frame(video) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  canvas.getContext("2d").drawImage(video, 0, 0);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.92));
}
