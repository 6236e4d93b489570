"""Photos, their features, and collections made of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from glocal.arrays import ByteArray
from glocal.collection import Collection
from glocal.errors import PhotoError
from glocal.extraction import Model
from glocal.features import Features, Region
from glocal.images import Photo, find_photos
from glocal.orientation import UPRIGHT, Orientation

EXAMPLES = Path(__file__).parent.parent / "examples" / "photos"


def photos_below(folder: Path) -> list[Path]:
    """Return the photos below a folder in the order of their paths."""
    return list(find_photos([folder]))


def extract_all(model: Model, paths: Sequence[Path]) -> dict[Path, Features]:
    """Return the features of all photos that can be read."""
    results = model.extract_many(paths)
    return {path: found for path, found in results if not isinstance(found, PhotoError)}


def strongest(features: Features, limit: int) -> Features:
    """Return the `limit` strongest local features: what a preset with that limit would have kept."""
    rows = slice(limit)
    return replace(
        features,
        keypoints=features.keypoints[rows],
        scales=features.scales[rows],
        attention=features.attention[rows],
        descriptors=features.descriptors[rows],
    )


class Remembered:
    """A model that answers with features extracted before, cut to a limit: the same photos at several sizes."""

    def __init__(self, model: Model, features: dict[Path, Features], limit: int) -> None:
        self.card = model.card
        self.preset = replace(model.preset, max_features=limit)
        self.precision = model.precision
        self.source = model.source
        self.fingerprint = self.card.fingerprint(self.preset, self.precision)
        self._features = features
        self._words = model.visual_words()

    def extract(self, photo: Photo, region: Region | None = None) -> Features:
        """Return what is remembered of a path; a region cannot be remembered."""
        if not isinstance(photo, Path) or region is not None:
            raise PhotoError(str(photo), "not among the photos extracted before")
        return strongest(self._features[photo], self.preset.max_features)

    def extract_looks(
        self, photo: Photo, region: Region | None, orientations: Sequence[Orientation], zooms: Sequence[float]
    ) -> tuple[list[Features], list[Features]]:
        """Return what is remembered of a path as it is: no other way of looking at it was extracted."""
        if tuple(orientations) != (UPRIGHT,) or zooms:
            raise PhotoError(str(photo), "was extracted upright only, on the preset's scales")
        return [self.extract(photo, region)], []

    def visual_words(self) -> ByteArray | None:
        """Return the model's words."""
        return self._words

    def extract_many(self, photos: Iterable[Path]) -> Iterator[tuple[Path, Features | PhotoError]]:
        """Yield (path, features)."""
        return ((path, self.extract(path)) for path in photos)


@contextmanager
def collection_of(model: Model, features: dict[Path, Features], limit: int) -> Iterator[Collection]:
    """Lend a collection on disk of the photos with their `limit` strongest features each."""
    with (
        TemporaryDirectory(prefix="glocal-benchmark-") as folder,
        Collection.create(Path(folder) / "collection", Remembered(model, features, limit)) as collection,
    ):
        collection.add(list(features))
        yield collection
