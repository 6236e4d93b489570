import { showAlbums } from "./albums.js";
import { askJson } from "./api.js";
import { go, here } from "./address.js";
import { h, say } from "./dom.js";
import { complain } from "./notice.js";
import { paged } from "./paging.js";
import { dayOf, photoCard } from "./photo-card.js";
import { counted, namesAmong } from "./words.js";

const SHELVES = { newest: "Newest", folders: "Folders", albums: "Albums", problems: "Unreadable and missing" };
const AT_ONCE = 60;

/**
 * The page of all photos: the newest, by folder, and those that cannot be read.
 * @param {HTMLElement} main
 */
export async function showBrowsing(main) {
  document.title = "glocal: browse";
  const place = here();
  const body = h("div.shelf", {}, h("p.note", {}, "Loading…"));
  main.replaceChildren(h("div.page.wide-page", {},
    h("h1", {}, "Browse the collection"),
    h("nav.shelves", { "aria-label": "What to browse" }, ...Object.entries(SHELVES).map(([name, label]) =>
      h("button", { type: "button", "aria-pressed": String(place.shelf === name), onclick: () => go({ shelf: name, folder: null }) }, label))),
    body));
  try {
    const show = { newest: newest, folders: place.folder ? folder : folders, albums: showAlbums, problems: problems };
    await show[place.shelf](body, place);
  } catch (error) {
    if (!body.isConnected) return; // the reader has gone on
    complain(error);
    body.replaceChildren(h("p.empty", {}, error.message));
  }
}

const newest = (body, place) => list(body, place, { show: "newest" });

async function folder(body, place) {
  const back = h("p", {}, h("button.link", { type: "button", onclick: () => go({ folder: null }) }, "All folders"));
  try {
    await list(body, place, { folder: place.folder });
  } catch (error) {
    if (error.status !== 404 || !body.isConnected) throw error;
    return go({ folder: null }, { replace: true }); // the photo that it was known by is gone
  }
  body.prepend(back);
}

async function folders(body, place) {
  const { folders: found } = await askJson(`/collections/${place.collection}/folders`);
  say(counted(found.length, "folder"));
  body.replaceChildren(h("ul.folder-list", {}, ...found.map((one) => h("li", {},
    h("button.link", { type: "button", onclick: () => go({ folder: String(one.photo) }) }, one.name || "Photos that were sent"),
    h("span.faint", {}, ` ${counted(one.photos, "photo")}`)))));
}

async function problems(body, place) {
  const parts = await Promise.all([
    section(place, "Cannot be read", "unreadable", (photo) => photo.reason),
    section(place, "Missing", "missing", () => "The file is gone from the server's disk."),
  ]);
  const some = parts.filter(Boolean);
  body.replaceChildren(...(some.length ? some : [h("p.empty", {}, "Every photo is there and can be read.")]));
}

async function section(place, title, show, factsOf) {
  const count = h("span.count");
  const { grid, more, first } = await pages(place, { show }, factsOf, {
    label: title, onLoaded: (photos, isAll) => { count.textContent = `${photos}${isAll ? "" : "+"}`; } });
  return first.length ? h("section.group", {}, h("h2.divider", {}, title, count), grid, more) : null;
}

async function list(body, place, asked) {
  const { grid, more, first } = await pages(place, asked, dayOf);
  say(counted(first.length, "photo"));
  body.replaceChildren(first.length ? grid : h("p.empty", {}, "There are no photos here yet."), more);
}

/**
 * Photos page by page.
 * @param {{collection: string}} place
 * @param {Record<string, string>} asked
 * @param {(photo: any) => string} factsOf
 * @param {{label?: string, onLoaded?: (photos: number, isAll: boolean) => void}} [options]
 */
async function pages(place, asked, factsOf, { label = "Photos", onLoaded = () => {} } = {}) {
  const grid = h("ul.grid.small", { "aria-label": label });
  const seen = [];
  const { more, load } = paged(grid, async (after) => {
    const query = new URLSearchParams({ ...asked, limit: String(AT_ONCE), ...(after ? { after: String(after) } : {}) });
    const { photos, next } = await askJson(`/collections/${place.collection}/photos?${query}`);
    seen.push(...photos);
    const nameOf = namesAmong(seen);
    onLoaded(seen.length, next === null);
    return { next, shown: photos.map((photo) => photoCard(photo, { collection: place.collection, name: nameOf(photo), facts: factsOf(photo) })) };
  });
  return { grid, more, first: await load() };
}
