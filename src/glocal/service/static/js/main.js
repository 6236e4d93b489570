import { addPhotos, showAdding } from "./add-page.js";
import { go, here, onMove, TOP } from "./address.js";
import { askJson } from "./api.js";
import { showBrowsing } from "./browse-page.js";
import { onChange } from "./changes.js";
import { collections } from "./collections.js";
import { byId, h } from "./dom.js";
import { showDuplicates } from "./duplicates-page.js";
import { takeDropsAndPastes } from "./intake.js";
import { watchJobs } from "./jobs.js";
import { complain } from "./notice.js";
import { rights } from "./rights.js";
import { forget, searchWith, showSearch } from "./search-page.js";
import { counted } from "./words.js";

const main = byId("main");
const facts = { roots: [], max_upload: 0 };
let page = "";

async function show() {
  const place = here();
  for (const link of document.querySelectorAll("nav [data-page]")) {
    link.toggleAttribute("aria-current", link.getAttribute("data-page") === place.page);
    if (link.hasAttribute("aria-current")) link.setAttribute("aria-current", "page");
  }
  const key = [place.collection, place.page, ...(place.page === "browse" ? [place.shelf, place.folder] : [])].join(" ");
  const isAnother = key !== page;
  page = key; // before anything is waited for: the reader may come back meanwhile
  if (place.page === "search") await showSearch(main);
  else if (isAnother) {
    forget();
    const pages = { add: () => showAdding(main, facts), browse: () => showBrowsing(main), duplicates: () => showDuplicates(main) };
    await pages[place.page]();
  }
}

/** Learn what collections there are and how large. */
async function refresh() {
  const answer = await askJson("/collections");
  Object.assign(facts, { roots: answer.roots, max_upload: answer.max_upload });
  const select = /** @type {HTMLSelectElement} */ (byId("collection"));
  const names = answer.collections.map((one) => one.name);
  collections.splice(0, collections.length, ...names);
  if (!names.includes(here().collection)) go({ collection: names[0] }, { replace: true });
  select.replaceChildren(...names.map((name) => h("option", { value: name, selected: name === here().collection }, name)));
  select.closest("label").hidden = names.length < 2;
  const current = answer.collections.find((one) => one.name === here().collection);
  byId("count").textContent = counted(current.photos, "photo");
  const { access } = await askJson("/session");
  rights.change = ["write", "admin"].includes(access);
  rights.photos = rights.change && current.changeable;
  document.querySelector('[data-page="add"]').hidden = !rights.photos;
}

/** Say how many photos there are now. */
async function count() {
  const { collection } = here();
  const { photos } = await askJson(`/collections/${collection}`);
  if (collection === here().collection) byId("count").textContent = counted(photos, "photo");
}

function followLinks(event) {
  const link = event.target.closest("a[data-link]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  event.preventDefault();
  const wanted = new URL(link.href).searchParams.get("page") ?? "search";
  go({ page: wanted, views: [], region: null, top: TOP, open: null, shelf: "newest", folder: null });
  main.focus({ preventScroll: true });
}

async function start() {
  document.addEventListener("click", followLinks);
  byId("collection").addEventListener("change", (event) => {
    go({ collection: event.target.value, views: [], region: null, top: TOP, open: null });
    refresh().catch(complain);
  });
  takeDropsAndPastes((photos) => (here().page === "add" ? addPhotos(photos, facts) : searchWith(photos)));
  try {
    await refresh();
  } catch (error) {
    main.replaceChildren(h("section.failed", {}, h("h1", {}, "glocal is not there"), h("p", {}, error.message),
      h("button.main", { type: "button", onclick: () => location.reload() }, "Try again")));
    return;
  }
  onMove(() => show().catch(complain));
  onChange(() => count().catch(complain));
  watchJobs().catch(complain);
  await show();
}

start();
