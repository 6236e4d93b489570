import { askJson } from "./api.js";
import { go, here, TOP } from "./address.js";
import { h, say } from "./dom.js";
import { runJob } from "./jobs.js";
import { complain } from "./notice.js";
import { paged } from "./paging.js";
import { dayOf, photoCard } from "./photo-card.js";
import { rights } from "./rights.js";
import { counted, percent } from "./words.js";

/**
 * The page of photos that show the same picture.
 * @param {HTMLElement} main
 */
export async function showDuplicates(main) {
  document.title = "glocal: duplicates";
  const { collection } = here();
  const place = `/collections/${collection}/duplicates`;
  const page = h("div.page", {}, h("p.note", {}, "Loading…"));
  main.replaceChildren(page);
  const look = async (running) => {
    try {
      const last = await runJob(place, running, page, [h("h1", {}, "Looking for duplicates"),
        h("p.faint", {}, "Every pair is proved by its pixels. This takes a while; you can leave the page.")]);
      if (last.state === "failed") throw new Error(last.result?.detail ?? "The search for duplicates failed.");
      if (here().page === "duplicates" && page.isConnected) await showDuplicates(main);
    } catch (error) {
      complain(error);
      page.replaceChildren(start(look, "Try again"));
    }
  };
  try {
    const answer = await askJson(place);
    if (answer.job) return look(answer.job);
    page.replaceChildren(...(answer.known ? await found(answer, collection, look) : [start(look, "Look for duplicates")]));
  } catch (error) {
    complain(error);
    page.replaceChildren(start(look, "Try again"));
  }
}

function start(look, label) {
  return h("section.drop", {}, h("h1", {}, "Duplicates"),
    h("p", {}, "Photos that show the same picture: copies, also cropped, scaled, turned or mirrored ones."),
    rights.change ? h("div.buttons", {}, h("button.main", { type: "button", onclick: () => look() }, label))
      : h("p", {}, "Nobody has looked for them yet, and your token may only read."));
}

async function found(answer, collection, look) {
  const text = answer.total ? `${counted(answer.total, "group")} of duplicates` : "No duplicates";
  say(text);
  const again = rights.change ? h("button.link", { type: "button", onclick: () => look() }, "Look again") : null;
  const list = h("div.groups");
  const { more, load } = paged(list, async (after) => {
    const { groups, next } = after === null ? answer : await askJson(`/collections/${collection}/duplicates?after=${after}`);
    return { next, shown: await Promise.all(groups.map((group) => section(group, collection))) };
  }, "the groups");
  await load();
  return [
    h("header.summary", {}, h("h1", {}, text), h("p.faint", {}, answer.stale ? "The collection has changed since. " : "", ...[again].filter(Boolean))),
    list, more,
  ];
}

/** A group of copies, page by page. */
async function section(group, collection) {
  const best = group.photos[0];
  const copies = counted(group.count, "copy", "copies");
  const grid = h("ul.grid.small");
  const { more, load } = paged(grid, async (after) => {
    const page = after === null ? group : await askJson(`/collections/${collection}/duplicates/${group.id}?after=${after}`);
    return { next: page.next, shown: page.photos.map((photo) => (photo.id === best.id ? bestCard(best, group, collection) : copyCard(photo, best, page, collection))) };
  }, `the copies of ${best.name}`);
  await load();
  return h("section.group", { "aria-label": `${copies} of ${best.name}` }, h("h2", {}, copies), grid, more);
}

const sizeOf = (photo) => [`${photo.width} × ${photo.height}`, dayOf(photo)].filter(Boolean).join(", ");

/** The photo that comes first: the one to keep, as long as it is there. */
const bestCard = (best, group, collection) =>
  photoCard(best, { collection, name: best.name, facts: `${sizeOf(best)}${best.id === group.kept ? ": the best to keep" : ""}` });

/** A copy with its proof, and in what it differs from the first. */
function copyCard(photo, best, page, collection) {
  const pairs = page.pairs.filter((pair) => [pair.a, pair.b].includes(photo.id));
  const agreement = pairs.length ? `pixels agree to ${percent(Math.max(...pairs.map((pair) => pair.agreement)))}` : "";
  const differs = page.copies.find((copy) => copy.photo === photo.id)?.differs ?? [];
  const compare = h("button", { type: "button", onclick: () => go({
    page: "search", views: [`photo:${best.id}`], region: null, mode: "thorough", top: TOP, open: String(photo.id), proof: "aligned",
  }) }, "Proof", h("span.visually-hidden", {}, ` that ${photo.name} is a copy`));
  return photoCard(photo, { collection, name: photo.name, extra: [compare], facts: [dayOf(photo), agreement, ...differs].filter(Boolean).join("; ") });
}
