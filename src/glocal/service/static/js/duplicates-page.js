import { addressOf, askJson, send } from "./api.js";
import { go, here } from "./address.js";
import { h, say } from "./dom.js";
import { follow, progress } from "./jobs.js";
import { complain } from "./notice.js";
import { counted, shortName } from "./words.js";

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
  const look = async () => {
    try {
      const job = await send("POST", place);
      page.replaceChildren(h("h1", {}, "Looking for duplicates"), h("p.faint", {}, "Every pair is proved by its pixels. This takes a while; you can leave the page."), progress(job));
      const last = await follow(job, (now) => page.lastElementChild.replaceWith(progress(now)));
      if (last.state === "failed") throw new Error(last.result?.detail ?? "The search for duplicates failed.");
      if (here().page === "duplicates" && page.isConnected) await showDuplicates(main);
    } catch (error) {
      complain(error);
      page.replaceChildren(start(look, "Try again"));
    }
  };
  try {
    const answer = await askJson(place);
    if (answer.job) return look();
    page.replaceChildren(...(answer.known ? found(answer, collection, look) : [start(look, "Look for duplicates")]));
  } catch (error) {
    complain(error);
    page.replaceChildren(start(look, "Try again"));
  }
}

function start(look, label) {
  return h("section.drop", {}, h("h1", {}, "Duplicates"),
    h("p", {}, "Photos that show the same picture: copies, also cropped, scaled, turned or mirrored ones."),
    h("div.buttons", {}, h("button.main", { type: "button", onclick: look }, label)));
}

function found(answer, collection, look) {
  const text = answer.groups.length ? `${counted(answer.groups.length, "group")} of duplicates` : "No duplicates";
  say(text);
  return [
    h("header.summary", {}, h("h1", {}, text), h("p.faint", {}, answer.stale ? "The collection has changed since. " : "",
      h("button.link", { type: "button", onclick: look }, "Look again"))),
    ...answer.groups.map((group) => h("section.group", { "aria-label": counted(group.photos.length, "copy", "copies") },
      h("h2", {}, counted(group.photos.length, "copy", "copies")),
      h("ul.grid.small", {}, ...group.photos.map((photo) => h("li.card", {},
        h("button.open", { type: "button", "aria-label": `Search with ${photo.name}`, onclick: () => go({ page: "search", views: [`photo:${photo.id}`], region: null, open: null }) },
          h("span.frame", {}, h("img", { src: addressOf(`/collections/${collection}/photos/${photo.id}/picture?size=640&v=${photo.version}`), alt: "", loading: "lazy" }))),
        h("div.caption", {}, h("span.name", { title: photo.name }, shortName(photo.name)), h("span.facts", {}, `${photo.width} × ${photo.height}`))))))),
  ];
}
