import { askJson } from "./api.js";
import { h } from "./dom.js";
import { complain } from "./notice.js";
import { counted } from "./words.js";

/**
 * Choose a folder on the server by going into it.
 * @param {string[]} roots that the operator allowed
 * @param {(root: string, folder: string) => void} onChosen
 */
export function folderPicker(roots, onChosen) {
  const where = h("div.folders", {}, h("h2", {}, "Or a folder on the server"));
  const list = h("ul.folder-list", {});
  const trail = h("nav.trail", { "aria-label": "Where on the server" });
  const step = (label, root, folder) => h("button.link", { type: "button", onclick: () => open(root, folder).catch(complain) }, label);
  let wanted = 0; // counts what was asked for: a late answer does not come before a newer one
  const start = () => {
    wanted += 1;
    trail.replaceChildren();
    list.replaceChildren(...roots.map((root) => h("li", {}, step(root, root, ""))));
  };
  const open = async (root, folder) => {
    const asked = (wanted += 1);
    const inside = await askJson(`/roots/${root}?${new URLSearchParams({ folder })}`);
    if (asked !== wanted) return;
    const parts = folder ? folder.split("/") : [];
    trail.replaceChildren(
      h("button.link", { type: "button", onclick: start }, "Folders"), " / ", step(root, root, ""),
      ...parts.flatMap((part, index) => [" / ", step(part, root, parts.slice(0, index + 1).join("/"))]));
    const into = inside.folders.map((name) => h("li", {}, step(name, root, [...parts, name].join("/"))));
    list.replaceChildren(
      h("li", {}, h("button", { type: "button", onclick: () => onChosen(root, folder) }, `Add ${parts.at(-1) ?? root}`),
        h("span.faint", {}, ` ${counted(inside.photos, "photo")} here${into.length ? `, and those of ${counted(into.length, "folder")}` : ""}`)),
      ...into);
    list.querySelector("button")?.focus();
  };
  start();
  where.append(trail, list);
  return where;
}
