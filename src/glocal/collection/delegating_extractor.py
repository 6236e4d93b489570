"""An extractor that stands for another one, and does something its own way."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from glocal.arrays import ByteArray
from glocal.collection.model_identity import Extractor
from glocal.errors import PhotoError
from glocal.extraction import ModelCard, Preset
from glocal.features import Features, Region
from glocal.images import Photo
from glocal.orientation import Orientation


class DelegatingExtractor(ABC):
    """An `Extractor` that asks another one, but for what a subclass does otherwise."""

    @property
    @abstractmethod
    def _model(self) -> Extractor:
        """The one that is asked."""

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
        """Which of the card's networks runs."""
        return self._model.precision

    @property
    def source(self) -> str:
        """What `load_model` takes to get it again."""
        return self._model.source

    @property
    def fingerprint(self) -> str:
        """Hash of all that decides the features."""
        return self._model.fingerprint

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
