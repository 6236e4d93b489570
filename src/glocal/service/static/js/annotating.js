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
  const add = (name = "", value = "") => rows.append(h("div", {},
    h("input", { value: name, "aria-label": "Name", placeholder: "place", name: "name" }),
    h("input", { value, "aria-label": "Value", placeholder: "Tübingen", name: "value" })));
  for (const [name, value] of Object.entries(photo.metadata)) add(name, typeof value === "string" ? value : JSON.stringify(value));
  add();
  const dialog = /** @type {HTMLDialogElement} */ (h("dialog.ask", { "aria-labelledby": "describe-title", onclose: () => dialog.remove() },
    h("form", { method: "dialog", onsubmit: () => save(collection, photo, read(rows)).catch(complain) },
      h("h2", { id: "describe-title" }, `Describe ${photo.name}`),
      h("p.faint", {}, "What is known of it, such as a place: a name, and what it is."),
      rows,
      h("button.link", { type: "button", onclick: () => add() }, "Another line"),
      h("div.buttons", {}, h("button.main", { type: "submit" }, "Save"),
        h("button", { type: "button", onclick: () => dialog.close() }, "Cancel")))));
  document.body.append(dialog);
  dialog.showModal();
}

function read(rows) {
  const pairs = [...rows.children].map((row) => [...row.children].map((input) => input.value.trim()));
  return Object.fromEntries(pairs.filter(([name]) => name).map(([name, value]) => [name, meaning(value)]));
}

/** Numbers, true and false are what they say; all else is text. */
function meaning(value) {
  if (value === "true" || value === "false") return value === "true";
  return value !== "" && String(Number(value)) === value ? Number(value) : value;
}

async function save(collection, photo, metadata) {
  const before = photo.metadata;
  const put = async (now) => {
    photo.metadata = (await send("PUT", `/collections/${collection}/photos/${photo.id}/metadata`, now)).metadata;
  };
  await put(metadata);
  undoable(`Saved what is known of ${photo.name}`, () => put(before).catch(complain));
}
