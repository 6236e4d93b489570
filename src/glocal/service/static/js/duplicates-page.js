import { askJson } from "./api.js";
import { go, here, TOP } from "./address.js";
import { h, say } from "./dom.js";
import { runJob } from "./jobs.js";
import { complain } from "./notice.js";
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
    page.replaceChildren(...(answer.known ? found(answer, collection, look) : [start(look, "Look for duplicates")]));
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

function found(answer, collection, look) {
  const text = answer.groups.length ? `${counted(answer.groups.length, "group")} of duplicates` : "No duplicates";
  say(text);
  const again = rights.change ? h("button.link", { type: "button", onclick: () => look() }, "Look again") : null;
  return [
    h("header.summary", {}, h("h1", {}, text), h("p.faint", {}, answer.stale ? "The collection has changed since. " : "", ...[again].filter(Boolean))),
    ...answer.groups.map((group) => h("section.group", { "aria-label": `${counted(group.photos.length, "copy", "copies")} of ${bestOf(group).name}` },
      h("h2", {}, counted(group.photos.length, "copy", "copies")),
      h("ul.grid.small", {}, ...copies(group, collection)))),
  ];
}

/** The copy to keep. */
const bestOf = (group) => group.photos.find((photo) => photo.id === group.kept) ?? group.photos[0];

/** The copies of one picture, the best first; each of the others with its proof, and in what it differs. */
function copies(group, collection) {
  const best = bestOf(group);
  const agreement = (photo) => Math.max(...group.pairs.filter((pair) => [pair.a, pair.b].includes(photo.id)).map((pair) => pair.agreement));
  const size = (photo) => [`${photo.width} × ${photo.height}`, dayOf(photo)].filter(Boolean).join(", ");
  const differs = (photo) => group.copies.find((copy) => copy.photo === photo.id)?.differs ?? [];
  const compare = (photo) => h("button", { type: "button", onclick: () => go({
    page: "search", views: [`photo:${best.id}`], region: null, mode: "thorough", top: TOP, open: String(photo.id), proof: "aligned",
  }) }, "Proof", h("span.visually-hidden", {}, ` that ${photo.name} is a copy`));
  return [
    photoCard(best, { collection, name: best.name, facts: `${size(best)}${best.id === group.kept ? ": the best to keep" : ""}` }),
    ...group.photos.filter((photo) => photo !== best).map((photo) => photoCard(photo, {
      collection, name: photo.name, extra: [compare(photo)],
      facts: [dayOf(photo), `pixels agree to ${percent(agreement(photo))}`, ...differs(photo)].filter(Boolean).join("; "),
    })),
  ];
}
