"""Links between photos: pairs that are proved to show the same thing."""

from __future__ import annotations

from dataclasses import dataclass

from glocal.collection.searched_photos import SearchedPhotos
from glocal.errors import PhotoError, UnknownPhotoError
from glocal.progress import OnProgress

CANDIDATES = 30
"""Photos verified for each photo. Things with more photos hang together through those between."""


@dataclass(frozen=True)
class Link:
    """A pair of photos that is proved.

    Attributes:
        first: id of a photo.
        second: id of another, greater.
        probability: that both show the same thing; 1 if the model has no calibration.
    """

    first: int
    second: int
    probability: float


def find_links(collection: SearchedPhotos, on_progress: OnProgress) -> list[Link]:
    """Look for what each photo shows among all others, by the stored features; in the order of ids.

    Args:
        collection: whose photos are compared. Photos that go meanwhile are left out.
        on_progress: called after each photo.
    """
    found: dict[tuple[int, int], float] = {}
    total = len(collection)
    indexed = (photo for photo in collection.photos() if photo.indexed)
    for done, photo in enumerate(indexed, 1):
        for other, probability in _proved(collection, photo.id):
            pair = (min(photo.id, other), max(photo.id, other))
            found[pair] = max(probability, found.get(pair, 0.0))
        on_progress("comparing", done, max(done, total))
    return [Link(first, second, probability) for (first, second), probability in sorted(found.items())]


def _proved(collection: SearchedPhotos, photo: int) -> list[tuple[int, float]]:
    try:
        view = collection.view(photo)
    except (PhotoError, UnknownPhotoError):  # gone since
        return []
    others = [one for one in collection.candidates([view], CANDIDATES + 1) if one.photo != photo]
    hits = collection.verify([view], others[:CANDIDATES])
    return [(hit.photo, 1.0 if hit.probability is None else hit.probability) for hit in hits if hit.proved]
