"""Pairs of a collection's photos that may show one scene, each with its correspondences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from glocal.collection import PhotoSearch
from glocal.evaluation.reconstruction.stored_image import StoredImage
from glocal.matching import Match, match_many
from glocal.progress import OnProgress, silent


@dataclass(frozen=True, eq=False)
class ImagePair:
    """Two images, and what they have in common; rows of correspondences are those of their features."""

    first: StoredImage
    second: StoredImage
    match: Match


def matched_pairs(
    collection: PhotoSearch, images: Sequence[StoredImage], top: int, on_progress: OnProgress = silent
) -> Iterator[ImagePair]:
    """Yield each image with those that the collection finds for it, best first; each pair once.

    Args:
        collection: of the images.
        images: those to pair.
        top: most images found for each.
        on_progress: called with ("pairing", images done, images in all).
    """
    by_id = {image.photo: image for image in images}
    seen: set[frozenset[int]] = set()
    for done, image in enumerate(images, 1):
        found = collection.candidates([image.view], top + 1, list(by_id))
        others = [one.photo for one in found if one.photo != image.photo][:top]
        new = [by_id[photo] for photo in others if frozenset((image.photo, photo)) not in seen]
        seen.update(frozenset((image.photo, other.photo)) for other in new)
        matches = match_many(image.view.local, [other.view.local for other in new])
        for other, match in zip(new, matches, strict=True):
            yield ImagePair(image, other, match)
        on_progress("pairing", done, len(images))
