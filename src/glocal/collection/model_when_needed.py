"""A model that several collections share, and which is loaded when one of them first needs it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from threading import Lock

from glocal.arrays import ByteArray
from glocal.collection.model_identity import Extractor, ModelIdentity
from glocal.errors import PhotoError
from glocal.extraction import ModelCard, Preset
from glocal.features import Features, Region
from glocal.images import Photo
from glocal.orientation import Orientation


class ModelWhenNeeded:
    """An `Extractor` that is loaded once, by whatever is asked of it beyond its identity. Safe to use from threads.

    Args:
        identity: what `ModelIdentity.load` takes to get it.

    Raises (all that loads it):
        ModelError: it is gone, or it is another one now.
    """

    def __init__(self, identity: ModelIdentity) -> None:
        self._identity = identity
        self._loading = Lock()
        self._loaded: Extractor | None = None

    @property
    def card(self) -> ModelCard:
        """All that is known of the model."""
        return self._model.card

    @property
    def preset(self) -> Preset:
        """The image pyramid in use."""
        return self._model.preset

    @property
    def precision(self) -> str:
        """Which of the card's networks runs; nothing is loaded for it."""
        return self._identity.precision

    @property
    def source(self) -> str:
        """What `load_model` takes to get it again; nothing is loaded for it."""
        return self._identity.source

    @property
    def fingerprint(self) -> str:
        """Hash of all that decides the features; nothing is loaded for it."""
        return self._identity.fingerprint

    def extract(self, photo: Photo, region: Region | None = None) -> Features:
        """Compute the features of a photo: see `Extractor`."""
        return self._model.extract(photo, region)

    def extract_looks(
        self, photo: Photo, region: Region | None, orientations: Sequence[Orientation], zooms: Sequence[float]
    ) -> tuple[list[Features], list[Features]]:
        """Compute the features of a photo laid down in several ways: see `Extractor`."""
        return self._model.extract_looks(photo, region, orientations, zooms)

    def visual_words(self) -> ByteArray | None:
        """Return the words by which local codes are listed: see `Extractor`."""
        return self._model.visual_words()

    def extract_many(self, photos: Iterable[Path]) -> Iterator[tuple[Path, Features | PhotoError]]:
        """Yield the features of photos: see `Extractor`."""
        return self._model.extract_many(photos)

    @property
    def _model(self) -> Extractor:
        with self._loading:
            if self._loaded is None:
                self._loaded = self._identity.load()
            return self._loaded
