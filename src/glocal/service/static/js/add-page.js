import { ask, askJson, send } from "./api.js";
import { here } from "./address.js";
import { inCollection } from "./collections.js";
import { h, say } from "./dom.js";
import { folderPicker } from "./folder-picker.js";
import { follow, isOver, progress, stopButton, timeOf, watchJob } from "./jobs.js";
import { intakeButtons } from "./intake.js";
import { complain } from "./notice.js";
import { rights } from "./rights.js";
import { counted } from "./words.js";

const AT_ONCE = 20; // photos in a request

/** @type {HTMLElement|null} */
let list = null;

/**
 * The page on which photos are added.
 * @param {HTMLElement} main
 * @param {{roots: string[], max_upload: number}} facts
 */
export async function showAdding(main, facts) {
  document.title = "glocal: add photos";
  if (!rights.photos) {
    const why = rights.change ? "This is a copy of a published collection: photos are added where that is indexed."
      : "You may search here, and change nothing: ask whoever runs this for a token that may.";
    main.replaceChildren(h("div.page", {}, h("h1", {}, "Add photos"), h("p.empty", {}, why)));
    return;
  }
  list = h("ul.jobs", { "aria-label": "Progress" });
  main.replaceChildren(h("div.page", {},
    h("section.drop", {}, h("h1", {}, "Add photos"), h("p", {}, h("span.with-mouse", {}, "Drop photos here. "), "They are copied to the server and can be found as soon as they are indexed."),
      intakeButtons((photos) => addPhotos(photos, facts), { label: "Choose photos" })),
    facts.roots.length ? folderPicker(facts.roots, addFolder) : null,
    list));
  try {
    const { jobs } = await askJson("/jobs");
    for (const job of jobs.filter((one) => one.kind === "add").slice(0, 10).reverse()) show(job);
  } catch (error) {
    complain(error);
  }
}

/**
 * Send photos, some at a time.
 * @param {Blob[]} photos
 * @param {{max_upload: number}} facts
 */
export async function addPhotos(photos, facts) {
  try {
    for (const batch of batches(photos, facts.max_upload)) {
      const body = new FormData();
      for (const photo of batch) body.append("photo", photo, /** @type {File} */ (photo).name ?? "photo.jpg");
      const { job, refused } = await (await ask(`/collections/${here().collection}/photos`, { method: "POST", body })).json();
      show(job);
      if (refused.length) complain(new Error(refused.map((one) => `${one.name}: ${one.detail}`).join(" ")));
    }
  } catch (error) {
    complain(error);
  }
}

function batches(photos, most) {
  const made = [[]];
  let bytes = 0;
  for (const photo of photos) {
    bytes += photo.size;
    if (made.at(-1).length && (made.at(-1).length >= AT_ONCE || bytes > 0.8 * most)) {
      made.push([]);
      bytes = photo.size;
    }
    made.at(-1).push(photo);
  }
  return made.filter((batch) => batch.length);
}

async function addFolder(root, folder) {
  try {
    show(await send("POST", `/collections/${here().collection}/folders`, { root, folder }));
  } catch (error) {
    complain(error);
  }
}

async function show(job) {
  const line = h("li", {}, progress(job));
  list?.prepend(line);
  if (!isOver(job)) watchJob(job);
  const stop = stopButton(job);
  try {
    const last = isOver(job) ? job : await follow(job, (now) => line.replaceChildren(progress(now), ...[stop].filter(Boolean)));
    line.replaceChildren(...told(last));
    if (!isOver(job) && line.isConnected) say(line.textContent ?? "");
  } catch (error) {
    line.replaceChildren(h("span", {}, error.message));
  }
}

function told(job) {
  const head = [h("span", {}, `${job.what} ${inCollection(job.collection)}`.trim()), h("span.faint", {}, timeOf(job.updated))];
  if (job.state !== "done") return [...head, h("span", {}, job.state === "cancelled" ? "Stopped; what was done is kept" : job.result?.detail ?? "Failed")];
  const { added, updated, renamed, unchanged, unreadable, unreadable_count: bad } = job.result;
  const parts = [[added, "added"], [updated, "updated"], [renamed, "renamed"], [unchanged, "already there"], [bad, "unreadable"]];
  const text = parts.filter(([count]) => count).map(([count, word]) => `${count} ${word}`).join(", ");
  const nodes = [...head, h("span", {}, text || "Nothing new")];
  if (bad) nodes.push(h("details", {}, h("summary", {}, `Why ${counted(bad, "photo")} cannot be read`),
    h("ul", {}, ...unreadable.map((one) => h("li", {}, `${one.name}: ${one.reason}`)))));
  return nodes;
}
