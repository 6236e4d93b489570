import { send } from "./api.js";
import { h } from "./dom.js";
import { complain, undoable } from "./notice.js";

/**
 * Let the reader write down what is known of a photo: names and values.
 * @param {string} collection
 * @param {any} photo its metadata is changed in place, so that the next look shows it
 */
export function annotate(collection, photo) {
  const rows = h("div.facts-list", {});
  /** @type {Line[]} */
  const lines = [];
  const add = (name = "", value = "") => {
    const [key, text] = [field("Name", "name", "place", name), field("Value", "value", "Tübingen", textOf(value))];
    lines.push({ key, text, shown: text.value, value });
    rows.append(h("div", {}, key, text));
  };
  for (const [name, value] of Object.entries(photo.metadata)) add(name, value);
  add();
  const dialog = /** @type {HTMLDialogElement} */ (h("dialog.ask", { "aria-labelledby": "describe-title", onclose: () => dialog.remove() },
    h("form", { onsubmit: (event) => {
      event.preventDefault();
      save(collection, photo, read(lines), () => dialog.close()).catch(complain); // what was written stays there
    } },
      h("h2", { id: "describe-title" }, `Describe ${photo.name}`),
      h("p.faint", {}, "What is known of it, such as a place: a name, and what it is."),
      rows,
      h("button.link", { type: "button", onclick: () => add() }, "Another line"),
      h("div.buttons", {}, h("button.main", { type: "submit" }, "Save"),
        h("button", { type: "button", onclick: () => dialog.close() }, "Cancel")))));
  document.body.append(dialog);
  dialog.showModal();
}

/**
 * A name and its value, as they are written.
 * @typedef {object} Line
 * @property {HTMLInputElement} key
 * @property {HTMLInputElement} text
 * @property {string} shown at first as the value
 * @property {any} value that is so shown
 */

const field = (label, name, placeholder, value) =>
  /** @type {HTMLInputElement} */ (h("input", { value, "aria-label": label, placeholder, name }));

const textOf = (value) => (typeof value === "string" ? value : JSON.stringify(value));

/** What is written; a value that nobody touched stays what it was, of whatever type. @param {Line[]} lines */
function read(lines) {
  const pairs = lines.map(({ key, text, shown, value }) => [key.value.trim(), text.value === shown ? value : meaning(text.value.trim())]);
  return Object.fromEntries(pairs.filter(([name]) => name));
}

/** Numbers, true and false are what they say, and so are lists and objects in JSON; all else is text. */
function meaning(value) {
  if (value === "true" || value === "false") return value === "true";
  if (/^[[{]/.test(value)) {
    try {
      return JSON.parse(value);
    } catch {
      return value;
    }
  }
  return value !== "" && String(Number(value)) === value ? Number(value) : value;
}

async function save(collection, photo, metadata, onSaved) {
  const before = photo.metadata;
  const put = async (now) => {
    photo.metadata = (await send("PUT", `/collections/${collection}/photos/${photo.id}/metadata`, now)).metadata;
  };
  await put(metadata);
  onSaved();
  undoable(`Saved what is known of ${photo.name}`, () => put(before).catch(complain));
}
