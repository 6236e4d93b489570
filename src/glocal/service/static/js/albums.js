import { askJson } from "./api.js";
import { h, say } from "./dom.js";
import { runJob } from "./jobs.js";
import { complain } from "./notice.js";
import { dayOf, photoCard } from "./photo-card.js";
import { rights } from "./rights.js";
import { counted, namesAmong } from "./words.js";

/**
 * The collection sorted by the thing that photos show.
 * @param {HTMLElement} body
 * @param {import("./address.js").Place} place
 */
export async function showAlbums(body, place) {
  const where = `/collections/${place.collection}/albums`;
  const sort = async (running) => {
    try {
      const last = await runJob(where, running, body);
      if (last.state === "failed") throw new Error(last.result?.detail ?? "Sorting into albums failed.");
      if (body.isConnected) await showAlbums(body, place);
    } catch (error) {
      complain(error);
      if (body.isConnected) showAlbums(body, place).catch(complain);
    }
  };
  const answer = await askJson(where);
  if (answer.job) return sort(answer.job);
  const button = rights.change ? h("button", { type: "button", onclick: () => sort() }, answer.known ? "Sort again" : "Sort into albums") : null;
  const text = !answer.known ? "Albums hold photos that are proved to show the same thing. Nobody has sorted them yet."
    : `${counted(answer.albums.length, "album")}${answer.stale ? ". The collection has changed since." : ""}`;
  say(text);
  body.replaceChildren(h("p.faint", {}, text), ...[button].filter(Boolean), ...answer.albums.map((album) => section(album, place)));
}

function section(album, place) {
  const nameOf = namesAmong(album.photos);
  return h("section.group", { "aria-label": album.name },
    h("h2.divider", {}, album.name, h("span.count", {}, String(album.photos.length))),
    h("ul.grid.small", {}, ...album.photos.map((photo) =>
      photoCard(photo, { collection: place.collection, name: nameOf(photo), facts: dayOf(photo) }))));
}
