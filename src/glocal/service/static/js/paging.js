import { h } from "./dom.js";
import { complain } from "./notice.js";

/**
 * A list that is shown page by page: call `load` for the first page, the button loads the others. The keyboard goes on
 * at the first new entry.
 * @param {HTMLElement} list
 * @param {(after: any) => Promise<{shown: HTMLElement[], next: any}>} pageAfter what follows; null: the first page
 * @param {string} [of] what there is more of, for those who hear the button
 */
export function paged(list, pageAfter, of = "") {
  const more = h("button.more", { type: "button", hidden: true }, "Show more", of ? h("span.visually-hidden", {}, ` of ${of}`) : null);
  let after = null;
  let isLoading = false;
  const load = async () => {
    const { shown, next } = await pageAfter(after);
    list.append(...shown);
    after = next;
    more.hidden = next === null;
    return shown;
  };
  more.addEventListener("click", async () => {
    if (isLoading) return;
    isLoading = true;
    const [first] = await load().catch((error) => (complain(error), []));
    isLoading = false;
    first?.querySelector("button")?.focus();
  });
  return { more, load };
}
