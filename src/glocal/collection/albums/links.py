"""Links between photos: pairs whose features agree, and what that and their pixels say of both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from glocal.collection.albums.sorted_photos import SortedPhotos
from glocal.collection.catalog import PhotoRecord
from glocal.collection.hits import Hit, Ranking
from glocal.collection.pictures_at_hand import PicturesAtHand
from glocal.collection.pixel_comparison import compare_pixels
from glocal.errors import PhotoError, UnknownPhotoError
from glocal.progress import OnProgress

CANDIDATES = 30
"""Photos verified for each photo. Things with more photos hang together through those between."""


@dataclass(frozen=True)
class Link:
    """A pair of photos whose local features agree beyond chance.

    Attributes:
        first: id of a photo.
        second: id of another, greater.
        probability: that both show the same thing; 1 if the model has no calibration.
        proved: their pixels did not take the proof back. Products of one brand are alike in part, and often lose it.
        same_bytes: their files have the same bytes.
    """

    first: int
    second: int
    probability: float
    proved: bool = True
    same_bytes: bool = False


def find_links(collection: SortedPhotos, on_progress: OnProgress) -> list[Link]:
    """Look for what each photo shows among all others, by the stored features; in the order of ids.

    Of a pair that is met from both sides, the side that says less counts. Of files with the same bytes the first is
    looked for, and the others are linked to it: else they would crowd out other photos of the thing.

    Args:
        collection: whose photos are compared. Photos that go meanwhile are left out.
        on_progress: called after each photo.
    """
    found: dict[tuple[int, int], Link] = {}
    total = len(collection)
    first_of = _first_with_same_bytes(collection)
    firsts = sorted(set(first_of.values()))
    allowed = firsts if len(firsts) < len(first_of) else None
    for done, photo in enumerate(_indexed(collection), 1):
        first = first_of.get(photo.id, photo.id)  # a photo that came meanwhile is its own
        if first != photo.id:
            pair = _pair(photo.id, first)
            found[pair] = Link(*pair, 1.0, same_bytes=True)
        else:
            for hit in _agreeing(collection, photo, allowed):
                pair = _pair(photo.id, hit.photo)
                probability, proved = 1.0 if hit.probability is None else hit.probability, hit.proved
                if pair in found:
                    probability, proved = min(probability, found[pair].probability), proved and found[pair].proved
                found[pair] = Link(*pair, probability, proved)
        on_progress("comparing", done, max(done, total))
    return [link for _, link in sorted(found.items())]


def _indexed(collection: SortedPhotos) -> Iterator[PhotoRecord]:
    return (photo for photo in collection.photos() if photo.indexed)


def _pair(photo: int, other: int) -> tuple[int, int]:
    return min(photo, other), max(photo, other)


def _first_with_same_bytes(collection: SortedPhotos) -> dict[int, int]:
    """Return, of every photo, the first one whose file has the same bytes: itself, if there is no other."""
    firsts: dict[bytes, int] = {}
    return {
        photo.id: photo.id if photo.file.content_hash is None else firsts.setdefault(photo.file.content_hash, photo.id)
        for photo in _indexed(collection)
    }


def _agreeing(collection: SortedPhotos, photo: PhotoRecord, allowed: Sequence[int] | None) -> list[Hit]:
    """Return the photos whose features prove them, in the light of their pixels where the files are there."""
    try:
        view = collection.view(photo.id)
    except (PhotoError, UnknownPhotoError):  # gone since
        return []
    others = [one for one in collection.candidates([view], CANDIDATES + 1, allowed) if one.photo != photo.id]
    hits = [hit for hit in collection.verify([view], others[:CANDIDATES]) if hit.proved]
    try:
        pictures = PicturesAtHand([photo.path])
        return list(compare_pixels(pictures, Ranking.of(hits), collection.calibration, None, len(hits)))
    except PhotoError:  # its file is gone
        return hits
