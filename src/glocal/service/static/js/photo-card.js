import { addressOf, ask } from "./api.js";
import { go, TOP } from "./address.js";
import { annotate } from "./annotating.js";
import { changed } from "./changes.js";
import { breakable, h } from "./dom.js";
import { complain, undoable } from "./notice.js";
import { rights } from "./rights.js";

/** Photos that are taken out, unless that is undone: no card shows them. @type {Set<string>} */
const leaving = new Set();
const keyOf = (collection, photo) => `${collection} ${photo.id}`;

/**
 * A photo of the collection as a card, with what can be done with it.
 * @param {any} photo
 * @param {{collection: string, name: string, facts?: string, extra?: (Node|null)[]}} how
 */
export function photoCard(photo, { collection, name, facts = "", extra = [] }) {
  const search = () => go({ page: "search", views: [`photo:${photo.id}`], region: null, top: TOP, open: null });
  const picture = h("span.frame", {}, photo.searchable ? h("img", {
    src: addressOf(`/collections/${collection}/photos/${photo.id}/picture?size=640&v=${photo.version}`), alt: "", loading: "lazy",
    onerror: (event) => event.target.closest(".card").classList.add("gone"),
  }) : null);
  const more = rights.photos ? [
    h("button", { type: "button", onclick: () => annotate(collection, photo) }, "Describe", hidden(photo)),
    h("button", { type: "button", onclick: () => remove(collection, photo) }, "Remove", hidden(photo)),
  ] : [];
  const card = h(photo.searchable ? "li.card" : "li.card.unread", { "data-photo": photo.id, hidden: leaving.has(keyOf(collection, photo)) },
    photo.searchable ? h("button.open", { type: "button", "aria-label": `Search with ${photo.name}`, onclick: search }, picture) : picture,
    h("div.caption", {},
      h("span.name", { title: photo.name }, ...breakable(name)),
      h("span.facts", {}, facts),
      h("div.judge", {}, ...extra.filter(Boolean), ...more)));
  return card;
}

/** When a photo was taken, as a day; empty if its file does not say. @param {any} photo */
export const dayOf = (photo) => (photo.exif.date ?? "").slice(0, 10);

/** Take a photo out of the collection, once it can no longer be undone. Its file stays. */
function remove(collection, photo) {
  const show = (isShown) => {
    leaving[isShown ? "delete" : "add"](keyOf(collection, photo));
    for (const card of document.querySelectorAll(`.page .card[data-photo="${photo.id}"]`)) card.hidden = !isShown;
  };
  show(false);
  undoable(`${photo.name} is no longer in the collection; its file stays`, () => show(true), () => {
    ask(`/collections/${collection}/photos/${photo.id}`, { method: "DELETE", keepalive: true }).then(changed, (error) => {
      show(true);
      complain(error);
    });
  });
}

const hidden = (photo) => h("span.visually-hidden", {}, ` ${photo.name}`);
