import { askJson, addressOf, pictureOf, sizeOf, upload } from "./api.js";
import { go, here, moreThan, TOP } from "./address.js";
import { breakable, h, say } from "./dom.js";
import { intakeButtons } from "./intake.js";
import { loadJudgements } from "./judging.js";
import { complain } from "./notice.js";
import { openProof } from "./proof.js";
import { pickRegion } from "./region.js";
import { arrangeResults, showResults } from "./results.js";
import { counted, namesAmong } from "./words.js";

const MOST_VIEWS = 8;
const NOTHING = { hits: [], hasMore: false, top: 0, query: "" };
let running = new AbortController();
let shown = "";
/** What the search that is shown found. @type {import("./proof.js").Found} */
let found = NOTHING;

/**
 * Search with photos the reader gave.
 * @param {Blob[]} photos
 * @param {boolean} adding to the views that are there, as further views of the same thing
 */
export async function searchWith(photos, adding = false) {
  document.body.classList.add("uploading");
  say("Uploading");
  try {
    const answers = [];
    for (const photo of photos.slice(0, MOST_VIEWS)) answers.push(await upload(photo));
    const views = [...(adding ? here().views : []), ...answers.map((answer) => answer.view)];
    const kept = adding ? { region: here().region } : { region: null };
    if (views.length) go({ page: "search", views: [...new Set(views)].slice(0, MOST_VIEWS), top: TOP, open: null, ...kept });
  } catch (error) {
    complain(error);
  } finally {
    document.body.classList.remove("uploading");
  }
}

/** Show what the address says. @param {HTMLElement} main */
export async function showSearch(main) {
  const place = here();
  const query = JSON.stringify([place.collection, place.views, place.region, place.mode]);
  const key = `${query} ${place.top}`;
  if (key !== shown || !main.querySelector(".search, .welcome")) {
    shown = key;
    running.abort();
    running = new AbortController();
    if (found.query !== query) found = { ...NOTHING, query }; // of more hits the first stay, also in an open proof
    if (!place.views.length) return welcome(main, place);
    await search(main, place, running.signal);
  } else arrangeResults(place);
  const current = here();
  if (current.page === "search") openProof(current, found);
}

/** Leave the search: it is no longer looked for, and made anew when the reader comes back. */
export function forget() {
  shown = "";
  running.abort();
}

async function search(main, place, signal) {
  document.title = "glocal: search";
  try {
    const sizes = await Promise.all(place.views.map((view) => sizeOf(place.collection, view)));
    if (signal.aborted) return;
    const old = /** @type {HTMLElement|null} */ (main.querySelector(".search .results"));
    const results = old ?? h("section.results", { "aria-label": "Results", "aria-live": "off" });
    const focus = document.activeElement?.matches(".picker");
    main.replaceChildren(h("div.search", {}, panel(place, sizes), results));
    if (focus) main.querySelector(".picker")?.focus({ preventScroll: true });
    const actions = {
      onOpen: (hit) => go({ open: String(hit.photo.id) }),
      onUse: (hit) => go({ views: [`photo:${hit.photo.id}`], region: null, top: TOP, open: null }),
      onHarder: (mode) => go({ mode }),
      onMore: () => go({ top: moreThan(place) }, { replace: true }),
      onHits: (hits, hasMore) => (found = { ...found, hits, hasMore, top: place.top }),
    };
    const known = loadJudgements(place).catch(complain);
    await showResults(results, place, sizes, actions, signal);
    await known;
  } catch (error) {
    if (signal.aborted) return;
    shown = "";
    found = { ...found, hasMore: false, top: place.top };
    main.replaceChildren(h("div.search", {}, h("section.failed", { role: "alert" },
      h("h1", {}, "That search did not work"),
      h("p", {}, error.message),
      h("div.buttons", {}, h("button.main", { type: "button", onclick: () => showSearch(main) }, "Try again"),
        h("button", { type: "button", onclick: () => go({ views: [], region: null, open: null }) }, "Start over")))));
  }
}

function panel(place, sizes) {
  const [first] = place.views;
  const image = h("img", { src: pictureOf(place.collection, first), alt: "Your photo", width: sizes[0].width, height: sizes[0].height, draggable: "false" });
  const stage = h("div.stage", {}, image);
  stage.style.setProperty("--shape", String(sizes[0].width / sizes[0].height));
  const draw = pickRegion(stage, sizes[0], place.region, (region) => go({ region, top: TOP, open: null }));
  return h("aside.query", { "aria-label": "Query" },
    stage,
    h("div.tools", {},
      draw,
      h("p.hint.faint", {},
        place.region ? "Searching the box. " : h("span.with-mouse", {}, "Drag a box around what matters."),
        place.region ? h("button.link", { type: "button", onclick: () => go({ region: null, top: TOP, open: null }) }, "Use the whole photo") : null),
      effort(place),
      basket(place),
      intakeButtons((photos) => searchWith(photos), { label: "Another photo", main: false })));
}

/** How hard to look. */
function effort(place) {
  const names = { fast: "Quickly, as it is", balanced: "At any angle", thorough: "Thoroughly: mirrored, and small things" };
  const chosen = /** @type {HTMLSelectElement} */ (h("select", { onchange: () => go({ mode: chosen.value, open: null }) },
    ...Object.entries(names).map(([mode, name]) => h("option", { value: mode, selected: mode === place.mode }, name))));
  return h("label.effort.faint", {}, "Look ", chosen);
}

/** Several views of one thing, each with a button that takes it out. */
function basket(place) {
  const many = place.views.length > 1;
  const items = many ? place.views.map((view, index) => h("li", {},
    h("img", { src: pictureOf(place.collection, view, 320), alt: `View ${index + 1}` }),
    h("button", { type: "button", "aria-label": `Take out view ${index + 1}`, onclick: () => takeOut(place, index) }, "×"))) : [];
  const full = place.views.length >= MOST_VIEWS;
  const more = /** @type {HTMLInputElement} */ (h("input.visually-hidden", { type: "file", accept: "image/*,.heic,.heif,.avif", multiple: true, id: "more",
    onchange: () => searchWith([...more.files], true) }));
  return h("div.basket", {},
    many ? h("h2", {}, `${place.views.length} views of one thing`) : null,
    h("ul", {}, ...items, full ? null : h("li.plus", {}, more, h("label", { for: "more" }, "+ Another view of it"))));
}

function takeOut(place, index) {
  const views = place.views.filter((_, other) => other !== index);
  go({ views, region: index === 0 ? null : place.region, top: TOP, open: null });
}

async function welcome(main, place) {
  document.title = "glocal";
  const some = h("ul.grid.small", { "aria-label": "Photos of this collection" });
  main.replaceChildren(h("div.welcome", {},
    h("section.drop", {},
      h("h1", {}, "Find every photo that shows the same thing"),
      h("p.with-mouse", {}, "Drop or paste a photo anywhere on this page."),
      intakeButtons((photos) => searchWith(photos))),
    h("section", {}, h("h2.divider", {}, "Or start with one of these"), some)));
  try {
    const { photos } = await askJson(`/collections/${place.collection}/photos?limit=300`);
    const chosen = photos.filter((photo) => photo.searchable);
    const step = Math.max(1, Math.floor(chosen.length / 18));
    const samples = chosen.filter((_, index) => index % step === 0).slice(0, 18);
    const nameOf = namesAmong(samples);
    some.append(...samples.map((photo) => h("li.card", {},
      h("button.open", { type: "button", "aria-label": `Search with ${photo.name}`, onclick: () => go({ views: [`photo:${photo.id}`], region: null, top: TOP }) },
        h("span.frame", {}, h("img", { src: addressOf(`/collections/${place.collection}/photos/${photo.id}/picture?size=320&v=${photo.version}`), alt: "", loading: "lazy" }))),
      h("div.caption", {}, h("span.name", {}, ...breakable(nameOf(photo)))))));
    if (!chosen.length) some.replaceWith(h("p.empty", {}, "This collection is empty. ", h("a", { href: "./?page=add", "data-link": true }, "Add the first photos"), "."));
    else say(counted(chosen.length, "photo"));
  } catch (error) {
    complain(error);
  }
}
