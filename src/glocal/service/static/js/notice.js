import { byId, h, openDialog, say } from "./dom.js";

const COMPLAINT_MS = 12000;
const UNDO_MS = 8000;

/**
 * Tell what went wrong, in words, until the reader has seen it.
 * @param {Error} error
 */
export function complain(error) {
  if (error.name === "AbortError") return;
  const line = h("div.notice.complaint", {}, h("p", {}, error.message),
    h("button", { type: "button", "aria-label": "Close this message", onclick: () => line.remove() }, "×"));
  document.querySelector(".complaint")?.remove(); // what can be undone stays
  place().append(line);
  setTimeout(() => line.remove(), COMPLAINT_MS);
}

/** Where the reader sees it. */
function place() {
  const dialog = openDialog();
  if (!dialog) return byId("notice");
  const old = dialog.querySelector(":scope > .notices");
  return old ?? dialog.appendChild(h("div.notices", { role: "alert" }));
}

/** What waits to be done for good. @type {(() => void)|null} */
let settle = null;

/**
 * Say what was done, and let the reader undo it for a while. Then, or when the page is left, it is done for good.
 * @param {string} text
 * @param {() => void} onUndo
 * @param {() => void} [onSettled] called when it can no longer be undone
 */
export function undoable(text, onUndo, onSettled = () => {}) {
  settle?.();
  const over = (then, words = "") => () => {
    clearTimeout(timer);
    line.remove();
    settle = null;
    say(words);
    then();
  };
  const line = h("div.notice.done", {}, h("p", {}, text), h("button.undo", { type: "button", onclick: over(onUndo, "Undone") }, "Undo"));
  settle = over(onSettled);
  const timer = setTimeout(settle, UNDO_MS);
  place().append(line);
  say(text);
}

addEventListener("pagehide", () => settle?.());
