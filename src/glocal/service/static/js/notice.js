import { byId, h, say } from "./dom.js";

const COMPLAINT_MS = 12000;
const UNDO_MS = 8000;

/**
 * Tell what went wrong, in words, until the reader has seen it.
 * @param {Error} error
 */
export function complain(error) {
  if (error.name === "AbortError") return;
  const line = h("div.notice", {}, h("p", {}, error.message),
    h("button", { type: "button", "aria-label": "Close this message", onclick: () => line.remove() }, "×"));
  byId("notice").replaceChildren(line);
  setTimeout(() => line.remove(), COMPLAINT_MS);
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
  const over = (then) => () => {
    clearTimeout(timer);
    line.remove();
    settle = null;
    then();
  };
  const line = h("div.notice.done", {}, h("p", {}, text), h("button.undo", { type: "button", onclick: over(onUndo) }, "Undo"));
  settle = over(onSettled);
  const timer = setTimeout(settle, UNDO_MS);
  byId("notice").replaceChildren(line);
  say(text);
}

addEventListener("pagehide", () => settle?.());
