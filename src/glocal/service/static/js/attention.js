import { heatOf } from "./api.js";
import { h } from "./dom.js";
import { sentence } from "./words.js";

/**
 * Where the network looks, in both photos.
 * @param {any} what
 */
export function attention({ place, view, region, hit, proof, beside }) {
  const one = (src, words, [width, height]) =>
    h("figure", {}, h("img", { src, alt: `${words}: where the network looks`, width, height }), h("figcaption.faint", {}, words));
  return h("div", {}, h("p.faint.looks", {}, "Bright is where the network looks: what it sees there is compared."), h("div.heat", {},
    one(heatOf(place.collection, view, region), sentence(beside.whole), proof.query_size),
    one(heatOf(place.collection, `photo:${hit.photo.id}`, null), hit.photo.name, proof.photo_size)));
}
