"""Photos that show the same picture: copies, also cropped, scaled, turned or mirrored ones.

Files with the same bytes are copies. For all others: neighbours by the global descriptor are matched by local
features, and what these align is proved by pixels (see agreement/same_picture.py). Views of one place are not
copies, nor are pictures of which a part was replaced; two shots in a row by a camera that stood still are, as nothing
in the pixels tells them from an edited copy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from glocal.arrays import FloatArray
from glocal.collection.catalog import PhotoRecord
from glocal.collection.duplicates.compared_photos import ComparedPhotos
from glocal.collection.duplicates.copies import DuplicatePair, Keep, KeptPhoto, kept_of
from glocal.collection.duplicates.picture_comparer import PairProof, PictureComparer, View, turned_pictures
from glocal.collection.duplicates.union_find import Grouping
from glocal.collection.model_identity import Extractor
from glocal.errors import PhotoError
from glocal.features import CompactFeatures
from glocal.progress import OnProgress, silent

NEIGHBOURS = 20
"""Photos compared with each photo. More copies of one picture find each other through those between them."""

MIN_SIMILARITY = 0.5
"""Photos less alike by the global descriptor are not compared."""


@dataclass(frozen=True, eq=False)
class DuplicateGroup:
    """Photos that show the same picture.

    Attributes:
        photos: at least two, in the order of their paths.
        pairs: by these every photo hangs together with every other; in the order found.
    """

    photos: tuple[PhotoRecord, ...]
    pairs: tuple[DuplicatePair, ...]

    def keep(self, which: Keep = "best") -> KeptPhoto:
        """Choose a photo to keep, and say in what each other one differs from it. Nothing is changed or deleted."""
        return kept_of(self.photos, self.pairs, which)


def find_duplicates(
    photos: ComparedPhotos, model: Extractor, *, turned: bool = True, on_progress: OnProgress = silent
) -> list[DuplicateGroup]:
    """Find all groups of photos that show the same picture, sorted by their first paths.

    Photos whose files are gone or unreadable are found by their bytes alone.

    Args:
        photos: among which copies are looked for.
        model: that described them.
        turned: also find quarter turns and mirror images. For that every photo is described three times
            more, in small: it takes longer than indexing did.
        on_progress: called after each photo; a photo is one step, or two if turned.

    Raises:
        CollectionError: the collection is damaged or was closed.
    """
    search = _Search(photos)
    search.join_same_bytes()
    count = search.count()
    total = 2 * count if turned else count
    for done, (photo, descriptor) in enumerate(search.photos(), 1):
        search.join_upright(photo, descriptor)
        on_progress("comparing", min(done, total), total)
    if turned:
        for done, (photo, _) in enumerate(search.photos(), count + 1):
            search.join_turned(photo, model)
            on_progress("comparing", min(done, total), total)
    return search.groups()


class _Search:
    def __init__(self, photos: ComparedPhotos) -> None:
        self._photos = photos
        self._grouping = Grouping()
        self._pairs: list[tuple[PhotoRecord, PhotoRecord, PairProof]] = []
        self._comparer = PictureComparer()
        self._same_bytes: set[int] = set()  # all but the first of each such group: no need to compare them

    def join_same_bytes(self) -> None:
        """Join photos whose files have the same bytes."""
        for first, *others in self._photos.same_bytes():
            for other in others:
                self._join(first, other, PairProof(1.0, np.eye(3)))
                self._same_bytes.add(other.id)

    def count(self) -> int:
        """Return the number of photos that `photos` yields now."""
        return max(0, self._photos.count() - len(self._same_bytes))

    def photos(self) -> Iterator[tuple[PhotoRecord, FloatArray]]:
        """Yield each photo to compare with its global descriptor [D]."""
        return (one for one in self._photos.described() if one[0].id not in self._same_bytes)

    def join_upright(self, photo: PhotoRecord, descriptor: FloatArray) -> None:
        """Join copies of the photo that are cropped, scaled or turned a little."""
        others, features = self._neighbours(photo, descriptor)
        if photo.id in features:
            own = features.pop(photo.id)
            self._compare(photo, View(photo.path, np.eye(3), own), others, features)

    def join_turned(self, photo: PhotoRecord, model: Extractor) -> None:
        """Join copies of the photo that are turned by quarters or mirrored, and perhaps cropped and scaled too."""
        size = (photo.width, photo.height)
        try:
            for to_view, pixels in turned_pictures(photo.path, size):
                turned = model.extract(pixels)
                others, features = self._neighbours(photo, turned.global_descriptor)
                features.pop(photo.id, None)
                self._compare(photo, View(photo.path, to_view, turned.compact()), others, features)
        except PhotoError:
            return  # nothing can be proved of a file that is gone or damaged

    def groups(self) -> list[DuplicateGroup]:
        """Return what was joined."""
        found: dict[int, list[DuplicatePair]] = {}
        for a, b, proof in self._pairs:
            found.setdefault(self._grouping.root(a.id), []).append(DuplicatePair(a, b, proof))
        groups = []
        for pairs in found.values():
            photos = {photo.id: photo for pair in pairs for photo in (pair.first, pair.second)}
            groups.append(DuplicateGroup(tuple(sorted(photos.values(), key=_path)), tuple(pairs)))
        return sorted(groups, key=lambda group: _path(group.photos[0]))

    def _neighbours(
        self, photo: PhotoRecord, descriptor: FloatArray
    ) -> tuple[list[PhotoRecord], dict[int, CompactFeatures]]:
        """Return the photos alike that are not joined with this one yet, and the features of all of them.

        Of a pair only the later photo is returned for the earlier one.
        """
        ids = [
            other
            for other, similarity in self._photos.nearest(descriptor, NEIGHBOURS + 1)
            if similarity >= MIN_SIMILARITY
            and other > photo.id
            and other not in self._same_bytes
            and not self._grouping.together(photo.id, other)
        ]
        found = self._photos.with_features([photo.id, *ids])
        features = {known: local for known, (_, local) in found.items()}
        return [found[other][0] for other in ids if other in found], features

    def _compare(
        self, photo: PhotoRecord, view: View, others: Sequence[PhotoRecord], features: dict[int, CompactFeatures]
    ) -> None:
        proofs = self._comparer.compare(view, {other.path: features[other.id] for other in others})
        for other in others:
            if other.path in proofs:
                self._join(photo, other, proofs[other.path])

    def _join(self, a: PhotoRecord, b: PhotoRecord, proof: PairProof) -> None:
        self._grouping.join(a.id, b.id)
        self._pairs.append((a, b, proof))


def _path(photo: PhotoRecord) -> Path:
    return photo.path
