import { showAlbums } from "./albums.js";
import { askJson } from "./api.js";
import { go, here } from "./address.js";
import { h, say } from "./dom.js";
import { complain } from "./notice.js";
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
    if (error.status !== 404) throw error;
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
  const [unreadable, missing] = await Promise.all(["unreadable", "missing"].map((show) =>
    askJson(`/collections/${place.collection}/photos?${new URLSearchParams({ show, limit: "500" })}`)));
  const section = (title, photos, reasonOf) => photos.length ? h("section.group", {}, h("h2.divider", {}, title, h("span.count", {}, String(photos.length))),
    h("ul.grid.small", {}, ...photos.map((photo) => photoCard(photo, { collection: place.collection, name: photo.name, facts: reasonOf(photo) })))) : null;
  const parts = [section("Cannot be read", unreadable.photos, (photo) => photo.reason),
    section("Missing", missing.photos, () => "The file is gone from the server's disk.")].filter(Boolean);
  body.replaceChildren(...(parts.length ? parts : [h("p.empty", {}, "Every photo is there and can be read.")]));
}

/** Photos page by page; the keyboard goes on at the first new one. */
async function list(body, place, asked) {
  const grid = h("ul.grid.small", { "aria-label": "Photos" });
  const more = h("button.more", { type: "button", hidden: true }, "Show more");
  const seen = [];
  let after = null;
  const load = async () => {
    const query = new URLSearchParams({ ...asked, limit: String(AT_ONCE), ...(after ? { after: String(after) } : {}) });
    const { photos, next } = await askJson(`/collections/${place.collection}/photos?${query}`);
    seen.push(...photos);
    const nameOf = namesAmong(seen);
    const cards = photos.map((photo) => photoCard(photo, { collection: place.collection, name: nameOf(photo), facts: dayOf(photo) }));
    grid.append(...cards);
    after = next;
    more.hidden = next === null;
    return cards;
  };
  more.addEventListener("click", async () => {
    const [first] = await load().catch((error) => (complain(error), []));
    first?.querySelector("button")?.focus();
  });
  const first = await load();
  say(counted(first.length, "photo"));
  body.replaceChildren(first.length ? grid : h("p.empty", {}, "There are no photos here yet."), more);
}
