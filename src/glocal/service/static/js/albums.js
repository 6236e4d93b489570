import { askJson } from "./api.js";
import { h, say } from "./dom.js";
import { runJob } from "./jobs.js";
import { complain } from "./notice.js";
import { paged } from "./paging.js";
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
    : `${counted(answer.total, "album")}${answer.stale ? ". The collection has changed since." : ""}`;
  say(text);
  const list = h("div.groups");
  const { more, load } = paged(list, async (after) => {
    const { albums, next } = after === null ? answer : await askJson(`${where}?after=${after}`);
    return { next, shown: await Promise.all(albums.map((album) => section(album, place))) };
  }, "the albums");
  await load();
  body.replaceChildren(h("p.faint", {}, text), ...[button].filter(Boolean), list, more);
}

async function section(album, place) {
  const grid = h("ul.grid.small");
  const seen = [];
  const { more, load } = paged(grid, async (after) => {
    const { photos, next } = after === null ? album : await askJson(`/collections/${place.collection}/albums/${album.id}?after=${after}`);
    seen.push(...photos);
    const nameOf = namesAmong(seen);
    return { next, shown: photos.map((photo) => photoCard(photo, { collection: place.collection, name: nameOf(photo), facts: dayOf(photo) })) };
  }, album.name);
  await load();
  return h("section.group", { "aria-label": album.name },
    h("h2.divider", {}, album.name, h("span.count", {}, String(album.count))), grid, more);
}
