import { byId, h } from "./dom.js";

/**
 * Tell what went wrong, in words, until the reader has seen it.
 * @param {Error} error
 */
export function complain(error) {
  if (error.name === "AbortError") return;
  const line = h("div.notice", {}, h("p", {}, error.message),
    h("button", { type: "button", "aria-label": "Close this message", onclick: () => line.remove() }, "×"));
  byId("notice").replaceChildren(line);
  setTimeout(() => line.remove(), 12000);
}
